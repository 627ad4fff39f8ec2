"""What an operator says about audit is read, and what makes no sense is refused."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from audit.settings import AuditSettings


def test_the_key_and_the_checkpoints_lie_in_the_folder_that_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KENTONGAN_AUDIT_FOLDER", "/srv/ledger")
    settings = AuditSettings()
    files = (settings.key_file, settings.public_key_file, settings.checkpoint_file)
    assert [each.parent for each in files] == [Path("/srv/ledger")] * 3
    assert [each.name for each in files] == ["key", "key.pub", "checkpoints.txt"]


@pytest.mark.parametrize("origin", ["", "a village", "village+ledger", "village\nledger"])
def test_a_name_that_no_checkpoint_could_carry_is_refused(
    monkeypatch: pytest.MonkeyPatch, origin: str
) -> None:
    monkeypatch.setenv("KENTONGAN_AUDIT_ORIGIN", origin)
    with pytest.raises(ValidationError, match="origin"):
        AuditSettings()


@pytest.mark.parametrize("cadence", ["CHECKPOINT_ENTRIES", "CHECKPOINT_SECONDS"])
def test_a_cadence_of_nothing_is_refused(monkeypatch: pytest.MonkeyPatch, cadence: str) -> None:
    monkeypatch.setenv(f"KENTONGAN_AUDIT_{cadence}", "0")
    with pytest.raises(ValidationError, match=cadence.lower()):
        AuditSettings()
