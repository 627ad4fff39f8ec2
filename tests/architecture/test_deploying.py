"""What is deployed has settings that exist, complete lanes, and accounts that a server takes."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic_settings import BaseSettings

from audit.settings import AuditSettings
from common.settings import BusEnvironment
from common.subjects import Priority, Service
from intake.settings import IntakeSettings
from notification.manifest import load_channels
from notification.providers_file import Entry, read_providers
from notification.settings import NotificationSettings
from sandbox.settings import Settings as SandboxSettings
from testkit.bus import binary
from triage.settings import TriageSettings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
README = (DEPLOY / "nats" / "README.md").read_text()
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
PORT = 8400

Kinds = tuple[type[BaseSettings], ...]


READS: Mapping[str, Kinds] = {
    "intake": (BusEnvironment, IntakeSettings),
    "triage": (BusEnvironment, TriageSettings),
    "notification": (BusEnvironment, NotificationSettings),
    "notification-immediate": (BusEnvironment, NotificationSettings),
    "audit": (BusEnvironment, AuditSettings),
    "sandbox": (SandboxSettings,),
}
NOT_OURS = {"nats", "provision", "prometheus", "grafana"}


def _yaml(*name: str) -> Any:
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
    return yaml.safe_load(DEPLOY.joinpath(*name).read_text())


def _variables(kinds: Kinds) -> set[str]:
    return {
        f"{kind.model_config['env_prefix']}{field}".upper()
        for kind in kinds
        for field in kind.model_fields
    }


def _of_the_image() -> dict[str, str]:
    return dict(re.findall(r"\b(KENTONGAN_\w+)=(\S+)", DOCKERFILE))


def _practicing() -> tuple[Entry, ...]:
    block = re.search(r"```toml\n(.*?)```", README, re.DOTALL)
    assert block
    return read_providers(block[1], load_channels())


def _as_deployed(name: str) -> dict[str, str]:
    """Return the environment that a service gets, from the image and compose."""
    kinds = READS[name]
    of_image = {key: value for key, value in _of_the_image().items() if key in _variables(kinds)}
    return {**of_image, **_yaml("compose.yaml")["services"][name]["environment"]}


def test_every_channel_that_the_sandbox_has_practices_there() -> None:
    providers = _practicing()
    assert {each.channel for each in providers} == {"sms", "email", "push"}
    assert all(each.settings.practice for each in providers)


def test_every_service_and_lane_is_deployed() -> None:
    services = _yaml("compose.yaml")["services"]
    assert set(services) == set(READS) | NOT_OURS
    assert {services[name]["command"][0] for name in READS} == {*Service, "sandbox"}


@pytest.mark.parametrize("name", READS)
def test_a_service_is_given_only_settings_that_it_reads(name: str) -> None:
    given = set(_as_deployed(name))
    assert given - _variables(READS[name]) == set()


@pytest.mark.parametrize("name", READS)
def test_a_service_can_read_the_settings_that_it_is_given(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key, value in _as_deployed(name).items():
        monkeypatch.setenv(key, value)
    for kind in READS[name]:
        kind()


def test_each_lane_is_in_one_container_and_one_answers_for_the_directory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lanes: list[Priority] = []
    desks = 0
    for name in ("notification", "notification-immediate"):
        for key, value in _as_deployed(name).items():
            monkeypatch.setenv(key, value)
        settings = NotificationSettings()
        lanes += settings.lanes
        desks += settings.desk
    assert sorted(lanes) == sorted(Priority)
    assert desks == 1


def test_prometheus_scrapes_every_service() -> None:
    targets = {
        target
        for job in _yaml("prometheus", "prometheus.yml")["scrape_configs"]
        for each in job["static_configs"]
        for target in each["targets"]
    }
    assert targets == {f"{name}:{PORT}" for name in READS if name != "sandbox"}


def test_what_is_mounted_is_there() -> None:
    ours = [
        source
        for each in _yaml("compose.yaml")["services"].values()
        for source in (volume.split(":")[0] for volume in each.get("volumes", []))
        if source.startswith("./") and not source.startswith("./home")
    ]
    assert len(ours) == 3
    assert [source for source in ours if not (DEPLOY / source).is_dir()] == []


def test_the_image_runs_as_nobody_special_and_says_whether_it_is_alive() -> None:
    last = DOCKERFILE.rpartition("FROM ")[2]
    assert re.search(r"^USER (?!root|0)\w+$", last, re.MULTILINE)
    assert re.search(r"^HEALTHCHECK .*\n.*127\.0\.0\.1:8400/healthz", last, re.MULTILINE)
    ports = {value for key, value in _of_the_image().items() if key.endswith("PORT")}
    assert ports == {str(PORT)}


def test_the_image_holds_exactly_what_is_locked_and_nothing_for_tests_only() -> None:
    installs = re.findall(r"pip install(.*?)(?=\n[A-Z#])", DOCKERFILE, re.DOTALL)
    assert len(installs) == 2
    assert all("--no-deps" in each for each in installs)
    assert "--require-hashes -r requirements.txt" in installs[0]
    members = set(re.findall(r"\./((?:libs|services)/\w+)", installs[1]))
    there = {str(each.parent.relative_to(ROOT)) for each in _member_files()}
    assert members == there - {"libs/testkit"}


def _member_files() -> Iterator[Path]:
    for part in ("libs", "services"):
        yield from (ROOT / part).glob("*/pyproject.toml")


def test_the_accounts_that_the_readme_makes_are_taken_by_a_server(tmp_path: Path) -> None:
    _make_home(tmp_path)
    home = tmp_path / "deploy" / "home"
    done = subprocess.run(
        [binary(), "-t", "-c", home / "nats.conf"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert {file.stem for file in home.glob("*.env")} == {*Service, "operator"}
    assert {file.stat().st_mode & 0o777 for file in home.glob("*.*")} == {0o600}


def test_compose_can_be_read_by_docker_compose(tmp_path: Path) -> None:
    compose = shutil.which("docker-compose")
    if compose is None:
        pytest.skip("docker-compose is not installed (Debian: apt-get install docker-compose)")
    _make_home(tmp_path)
    (tmp_path / "deploy" / "home" / "providers.toml").touch()
    shutil.copy(DEPLOY / "compose.yaml", tmp_path / "deploy")
    done = subprocess.run(
        [compose, "-f", "deploy/compose.yaml", "--profile", "sandbox", "config", "--services"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.split()) == set(READS) | NOT_OURS


def _make_home(folder: Path) -> None:
    """Do what the README says in a folder of one's own."""
    code = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert code
    (folder / "deploy").mkdir()
    subprocess.run([sys.executable, "-c", code[1]], cwd=folder, check=True)
