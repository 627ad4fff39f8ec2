"""What lies outside the database: for its owner only, whole or completed, and never replaced."""

from pathlib import Path
from stat import S_IMODE

import pytest

from audit.adapters.files import CheckpointFile, KeyGone, own_key, read_notes
from audit.checkpoint import VerifierKey

FIRST = "village\n1\nAAAA\n\n\u2014 village c2ln\n"
SECOND = "village\n2\nBBBB\n\n\u2014 village c2lnbg==\n"


def mode_of(path: Path) -> int:
    return S_IMODE(path.stat().st_mode)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "checkpoints.txt"


async def test_notes_are_added_in_order_for_their_owner_only(path: Path) -> None:
    file = CheckpointFile(path)
    assert await file.notes() == []
    await file.write(FIRST)
    await file.write(SECOND)
    assert await file.notes() == [FIRST, SECOND]
    assert mode_of(path) == 0o600


async def test_a_note_that_is_there_is_not_written_twice(path: Path) -> None:
    file = CheckpointFile(path)
    for note in (FIRST, SECOND, SECOND):
        await file.write(note)
    assert await file.notes() == [FIRST, SECOND]


@pytest.mark.parametrize("torn", range(1, len(SECOND.encode()) + 1))
async def test_a_torn_note_is_completed_wherever_it_was_torn(path: Path, torn: int) -> None:
    file = CheckpointFile(path)
    await file.write(FIRST)
    with path.open("ab") as opened:
        opened.write(SECOND.encode()[:torn])
    await file.write(SECOND)
    assert read_notes(path) == [FIRST, SECOND]


async def test_foreign_scraps_do_not_swallow_the_next_note(path: Path) -> None:
    file = CheckpointFile(path)
    await file.write(FIRST)
    with path.open("ab") as opened:
        opened.write(b"\xffscrap")
    await file.write(SECOND)
    assert read_notes(path) == [FIRST, "\\xffscrap\n", SECOND]


def test_a_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    private, public = tmp_path / "audit" / "key", tmp_path / "audit" / "key.pub"
    key = own_key(private, public, "village")
    assert mode_of(private) == 0o600
    assert VerifierKey.of(public.read_text()) == key.verifier
    assert own_key(private, public, "village").verifier == key.verifier


def test_a_key_that_is_gone_is_not_replaced(tmp_path: Path) -> None:
    private, public = tmp_path / "key", tmp_path / "key.pub"
    own_key(private, public, "village")
    private.unlink()
    with pytest.raises(KeyGone, match="restore it"):
        own_key(private, public, "village")
    assert not private.exists()


def test_a_key_that_was_exchanged_is_refused(tmp_path: Path) -> None:
    private, public = tmp_path / "key", tmp_path / "key.pub"
    own_key(private, public, "village")
    private.unlink()
    own_key(private, tmp_path / "other.pub", "village")
    with pytest.raises(KeyGone, match="is not the key"):
        own_key(private, public, "village")


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    private, public = tmp_path / "key", tmp_path / "key.pub"
    own_key(private, public, "village")
    private.chmod(0o640)
    with pytest.raises(KeyGone, match="may be read by others"):
        own_key(private, public, "village")
