"""Numbers have the names of the specification."""

import pytest
import smpplib.consts

from smpp.codes import BindType, CommandStatus, status_name


def test_smpplib_knows_each_status_by_the_same_number() -> None:
    ours = {each.name: each.value for each in CommandStatus}
    theirs = {name: getattr(smpplib.consts, f"SMPP_{name}", value) for name, value in ours.items()}
    assert ours == theirs


@pytest.mark.parametrize(("status", "name"), [(0, "ESME_ROK"), (0x58, "ESME_RTHROTTLED")])
def test_a_status_is_named(status: int, name: str) -> None:
    assert status_name(status) == name


def test_a_transceiver_does_both() -> None:
    assert [(each.submits, each.receives) for each in BindType] == [
        (True, False),
        (False, True),
        (True, True),
    ]
