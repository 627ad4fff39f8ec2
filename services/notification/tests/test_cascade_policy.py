"""An operator's order of channels: read whole or refused with field and rule, and read again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from common.observability import rings
from common.subjects import Priority
from notification.cascade import Cascade, Step
from notification.cascade_policy import CascadeFile, CascadesRefused, read_policy

CHANNELS = ("email", "push", "sms", "webhook")
ROUTINE = """
    [routine]
    channels = ["push", "email", "sms"]
    patience_seconds = { push = 300 }
"""


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    written = tmp_path / "cascades.toml"
    written.write_text(ROUTINE)
    yield written
    rings.quiet("cascade_policy_refused")


def test_a_lane_has_an_order_and_patience_and_the_others_tell_all_at_once() -> None:
    policy = read_policy(ROUTINE, CHANNELS)
    steps = Step("push", 300), Step("email", 1_800), Step("sms", 1_800)
    assert policy.cascade_of(Priority.ROUTINE) == Cascade(steps)
    assert policy.cascade_of(Priority.PRIORITY) is None
    assert policy.cascade_of(Priority.IMMEDIATE) is None


def test_each_lane_has_a_patience_of_its_own() -> None:
    text = '[immediate]\nchannels = ["push"]\n[priority]\nchannels = ["push"]'
    policy = read_policy(text, CHANNELS)
    assert policy.cascade_of(Priority.IMMEDIATE) == Cascade((Step("push", 60),))
    assert policy.cascade_of(Priority.PRIORITY) == Cascade((Step("push", 300),))


def test_together_may_be_said_in_words() -> None:
    policy = read_policy('[routine]\nchannels = "together"', CHANNELS)
    assert policy.cascade_of(Priority.ROUTINE) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("channels =", "it is no TOML"),
        ('[urgent]\nchannels = ["sms"]', "urgent: Extra inputs are not permitted"),
        ('[routine]\nchannels = ["fax", "sms"]', "routine.channels: .*fax: channels are email"),
        ('[routine]\nchannels = ["sms", "sms"]', "routine.channels: .*named once"),
        ("[routine]\nchannels = []", "routine.channels: .*it names channels in order"),
        ('[routine]\nchannels = "all"', "routine.channels.*'together'"),
        (
            '[routine]\nchannels = ["sms"]\npatience_seconds = { push = 60 }',
            "routine: .*patience_seconds.push: it is none of `channels`",
        ),
        ("[routine]\npatience_seconds = { push = 60 }", "patience_seconds.push: it is none"),
        (
            '[routine]\nchannels = ["sms"]\npatience_seconds = { sms = 0 }',
            "routine.patience_seconds.sms: Input should be greater than or equal to 1",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_field_and_rule(text: str, said: str) -> None:
    with pytest.raises(CascadesRefused, match=said):
        read_policy(text, CHANNELS)


def test_without_a_file_all_are_told_at_once() -> None:
    order = CascadeFile(None, CHANNELS)
    order.open()
    order.look()
    assert [order.cascade_of(lane) for lane in Priority] == [None] * 3


def test_a_file_that_cannot_be_used_at_the_start_is_refused(file: Path) -> None:
    file.write_text("[routine]\nchannels = []")
    with pytest.raises(CascadesRefused, match=r"cascades\.toml: routine\.channels"):
        CascadeFile(file, CHANNELS).open()
    with pytest.raises(CascadesRefused, match="cannot be read"):
        CascadeFile(file.with_name("nothing.toml"), CHANNELS).open()


def test_a_file_that_changes_is_read_again(file: Path) -> None:
    order = CascadeFile(file, CHANNELS)
    order.open()
    file.write_text('[routine]\nchannels = ["email", "sms"]')
    order.look()
    cascade = order.cascade_of(Priority.ROUTINE)
    assert cascade is not None
    assert [each.channel for each in cascade.steps] == ["email", "sms"]


def test_a_mistake_in_a_changed_file_rings_and_changes_nothing(file: Path) -> None:
    order = CascadeFile(file, CHANNELS)
    order.open()
    known = order.cascade_of(Priority.ROUTINE)
    file.write_text('[routine]\nchannels = ["fax"]')
    order.look()
    assert rings.ringing() == ("cascade_policy_refused",)
    assert order.cascade_of(Priority.ROUTINE) == known
    file.write_text(ROUTINE)
    order.look()
    assert rings.ringing() == ()
