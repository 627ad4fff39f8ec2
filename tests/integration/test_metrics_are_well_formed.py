"""Each service says what an operator must see, and Prometheus finds nothing wrong with it."""

import shutil
import subprocess
from collections.abc import Mapping

import pytest
from prometheus_client.parser import text_string_to_metric_families

from testkit.expectations import settled
from testkit.scene import Scene, id_of
from testkit.score import at, play, within
from testkit.waiting import eventually

pytestmark = pytest.mark.integration

PORTS = {
    "intake": "api",
    "triage": "triage",
    "notification": "notification",
    "notification-immediate": "immediate",
    "audit": "audit",
}
MUST_BE_SEEN = (
    "kentongan_intake_accepted_total",
    "kentongan_triage_verdicts_total",
    "kentongan_batches_total",
    "kentongan_outcomes_total",
    "kentongan_first_send_seconds_count",
    "kentongan_settled_seconds_count",
    "kentongan_consumer_pending",
    "kentongan_consumer_oldest_seconds",
    "kentongan_journal_backlog",
    "kentongan_watchdog_seconds",
    "kentongan_ringing",
)

Scraped = Mapping[str, str]


@pytest.fixture
async def scraped(scene: Scene) -> Scraped:
    """Return the metrics of each service after an alert that reached somebody in three ways."""
    anna = scene.hamlet.person("anna", "sms", "email", "push")
    flood = scene.hamlet.flood_warning()
    await play(
        scene,
        at(0).move_in(anna),
        at(0).publish(flood),
        within(15).expect(settled(flood)),
    )
    await eventually(lambda: _looked_at(scene))
    pages = {name: await _metrics(scene, port) for name, port in PORTS.items()}
    personal = [id_of(flood), anna.id, *(anna.address(name) for name in ("sms", "email", "push"))]
    assert [word for word in personal for page in pages.values() if word in page] == []
    return pages


async def _looked_at(scene: Scene) -> bool:
    """Whether each service has looked at its consumers: it does every few seconds."""
    pages = [await _metrics(scene, port) for port in PORTS.values()]
    return all("kentongan_consumer_pending{" in page for page in pages)


async def _metrics(scene: Scene, port: str) -> str:
    answer = await scene.http.get(f"{scene.world.home.address(port)}/metrics")
    return answer.raise_for_status().text


def test_promtool_has_nothing_to_say(scraped: Scraped) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed (Debian: apt-get install prometheus)")
    for name, page in scraped.items():
        done = subprocess.run(
            [promtool, "check", "metrics"], input=page, capture_output=True, text=True, check=False
        )
        assert (name, done.stdout + done.stderr, done.returncode) == (name, "", 0)


def test_what_an_operator_must_see_is_there(scraped: Scraped) -> None:
    samples = {
        sample.name
        for page in scraped.values()
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }
    assert [name for name in MUST_BE_SEEN if name not in samples] == []


def test_outcomes_name_their_channel_and_provider(scraped: Scraped) -> None:
    counted = {
        (sample.labels["channel"], sample.labels["provider"])
        for family in text_string_to_metric_families(scraped["notification-immediate"])
        for sample in family.samples
        if sample.name == "kentongan_outcomes_total" and sample.value
    }
    assert counted >= {("sms", "sandbox"), ("email", "sandbox"), ("push", "sandbox")}
