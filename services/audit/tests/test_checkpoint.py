"""Checkpoints are C2SP notes that anybody can check and only the key can sign."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from audit.checkpoint import Checkpoint, NotACheckpoint, Signed, SigningKey, VerifierKey, notes_in
from audit.merkle import EMPTY_ROOT

KEY = SigningKey("village.example/ledger", Ed25519PrivateKey.from_private_bytes(b"\x07" * 32))
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CHECKPOINT = Checkpoint(KEY.name, 3, EMPTY_ROOT, NOON)
SUMDB_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
SUMDB_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdng"
    "otpRZb6KE6RyyBwJnAM=\n"
)


def test_a_note_that_others_signed_is_read_as_they_meant_it() -> None:
    key = VerifierKey.of(SUMDB_KEY)
    assert str(key) == SUMDB_KEY
    assert key.read(SUMDB_NOTE).startswith("If you think")
    with pytest.raises(NotACheckpoint, match="not signed by PeterNeumann"):
        key.read(SUMDB_NOTE.replace("cryptography", "Cryptography"))


def test_a_checkpoint_says_origin_size_and_root_first() -> None:
    assert CHECKPOINT.text().split("\n")[:3] == [
        "village.example/ledger",
        "3",
        "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    ]


def test_a_signed_checkpoint_is_read_back() -> None:
    first = Signed.by(KEY, CHECKPOINT)
    second = Signed.by(KEY, replace(CHECKPOINT, size=4, previous=first.digest))
    for signed in (first, second):
        assert Signed.of(signed.note, KEY.verifier) == signed


def test_another_key_of_the_same_name_is_not_believed() -> None:
    forger = SigningKey(KEY.name, Ed25519PrivateKey.generate())
    with pytest.raises(NotACheckpoint, match="not signed by village"):
        Signed.of(Signed.by(forger, CHECKPOINT).note, KEY.verifier)


@given(st.data())
def test_a_note_with_one_changed_character_is_not_believed(data: st.DataObject) -> None:
    note = Signed.by(KEY, CHECKPOINT).note
    place = data.draw(st.integers(0, len(note) - 1))
    other = data.draw(st.characters(codec="utf-8").filter(lambda each: each != note[place]))
    with pytest.raises(NotACheckpoint):
        Signed.of(note[:place] + other + note[place + 1 :], KEY.verifier)


@pytest.mark.parametrize("text", ["", "a\n", "a\n1\n", "a\n01\n47DE\nsigned-at x\n"])
def test_a_signed_text_that_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NotACheckpoint):
        Signed.of(KEY.sign(text), KEY.verifier)


@pytest.mark.parametrize("text", ["", "name", "name+00+AA==", SUMDB_KEY.replace("c74f", "c74e")])
def test_what_is_no_verifier_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        VerifierKey.of(text)


def test_a_file_of_notes_is_cut_into_its_notes() -> None:
    notes = [Signed.by(KEY, replace(CHECKPOINT, size=size)).note for size in (1, 2, 3)]
    text = "".join(f"{note}\n" for note in notes)
    assert notes_in(text) == notes
    assert notes_in("") == []


def test_a_scrap_between_notes_hides_neither_itself_nor_them() -> None:
    first, second = (Signed.by(KEY, replace(CHECKPOINT, size=size)).note for size in (1, 2))
    assert notes_in(f"{first}\nscrap\n\n{second}\n") == [first, "scrap\n", second]
    assert notes_in(f"{first}\n{second[:40]}") == [first, f"{second[:40]}\n"]
