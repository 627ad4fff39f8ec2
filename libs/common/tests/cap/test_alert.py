from common.cap import Alert, AlertKey, MsgType, read
from testkit.samples import sample

UPDATE = read(sample("tsunami_update")).alert
CANCEL = read(sample("tsunami_cancel")).alert


def test_an_alert_is_named_by_sender_identifier_and_sent() -> None:
    assert CANCEL.key == AlertKey(CANCEL.sender, "TH-2026-0003", CANCEL.sent)


def test_a_cancel_names_the_alerts_that_it_ends() -> None:
    warning = read(sample("tsunami_warning")).alert
    assert CANCEL.parsed_references == (warning.key, UPDATE.key)


def test_an_alert_without_references_follows_nothing_up() -> None:
    assert read(sample("tsunami_warning")).alert.parsed_references == ()


def test_an_alert_is_a_value() -> None:
    twin = Alert.model_validate(CANCEL.model_dump())
    assert twin == CANCEL
    assert hash(twin) == hash(CANCEL)
    assert twin.msg_type is MsgType.CANCEL
