"""How much of what is to be told a channel has room for."""
# ruff: noqa: RUF001 - what word processors write

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notification.fitting import (
    FORMS,
    MOST_PUSH_BYTES,
    MOST_SEGMENTS,
    MOST_WEBHOOK_BYTES,
    fitted,
)
from notification.speech import Part, Telling
from smpp import Encoding, needed_encoding, segment_count

LONG = " ".join(f"Step {number}: walk on along the wall." for number in range(100))
texts = st.text(st.sampled_from('ab .!?é漢🌊"\n’'), max_size=900)
tellings = st.builds(
    Telling,
    language=st.sampled_from(["en-US", "id-ID", "jv"]),
    headline=texts,
    mark=st.sampled_from(["", "LATIHAN LATIHAN LATIHAN"]),
    mark_sentence=st.just("Ini hanya latihan."),
    sentences=st.lists(texts, max_size=3).map(tuple),
    parts=st.lists(
        st.builds(
            Part,
            language=st.just("jv"),
            headline=texts,
            where=texts,
            instruction=texts,
            description=texts,
        ),
        max_size=3,
    ).map(tuple),
    who=st.text(max_size=180),
)


def telling(**changes: object) -> Telling:
    part = Part("en-US", "Tsunami", where="Harbor", instruction=LONG)
    known = {"language": "en-US", "headline": "Tsunami: go up", "parts": (part,), "who": "Office"}
    return Telling(**{**known, **changes})  # type: ignore[arg-type] # fields by name


@settings(max_examples=60, deadline=None)
@given(tellings, st.sampled_from(sorted(FORMS)))
def test_whatever_is_told_fits_and_begins_with_its_mark(told: Telling, channel: str) -> None:
    body, _ = fitted(told, FORMS[channel])
    assert FORMS[channel].fits(body)
    assert body.startswith(told.mark)


def test_a_long_instruction_ends_at_a_sentence_with_a_sign() -> None:
    body, _ = fitted(telling(), FORMS["sms"])
    assert segment_count(body) == MOST_SEGMENTS
    assert body.startswith("Tsunami: go up\nWhere: Harbor\nStep 0: walk on along the wall. Step 1")
    assert body.endswith("along the wall. ...")


def test_a_long_place_never_takes_the_room_of_what_to_do() -> None:
    part = Part("en-US", "Tsunami", where="Harbor, " * 200, instruction="Go up the hill. Wait.")
    body, _ = fitted(telling(parts=(part,)), FORMS["sms"])
    assert "Go up the hill." in body


def test_a_short_message_is_told_whole_with_who_speaks() -> None:
    part = Part("en-US", "Tsunami", where="Harbor", instruction="Go up.")
    body, _ = fitted(telling(parts=(part,)), FORMS["sms"])
    assert body == "Tsunami: go up\nWhere: Harbor\nGo up.\nFrom: Office"


def test_parts_that_find_no_room_leave_a_sign() -> None:
    parts = tuple(
        Part("en-US", f"Danger {number}", where="Harbor", instruction="Go up. " * 40)
        for number in range(30)
    )
    body, _ = fitted(telling(parts=parts), FORMS["sms"])
    assert "..." in body
    assert segment_count(body) <= MOST_SEGMENTS


def test_english_and_indonesian_stay_in_the_alphabet_of_160_letters() -> None:
    part = Part("id-ID", "Tsunami", where="Dermaga – pasar", instruction="“Naik” … sekarang’.")
    body, _ = fitted(telling(language="id-ID", parts=(part,)), FORMS["sms"])
    assert needed_encoding(body) is Encoding.GSM7


@pytest.mark.parametrize("letter", ["x", '"', "漢", "🌊"])
def test_a_push_stays_small_in_bytes(letter: str) -> None:
    part = Part("en-US", "Tsunami", where=letter * 500, instruction=letter * 3_000)
    body, _ = fitted(telling(parts=(part,)), FORMS["push"])
    assert len(msgspec.json.encode(body)) <= MOST_PUSH_BYTES


@pytest.mark.parametrize("letter", ["x", "漢"])
def test_a_webhook_is_told_more_than_a_phone_and_stays_small_in_bytes(letter: str) -> None:
    part = Part("en-US", "Tsunami", where=letter * 500, instruction=f"{letter * 800}. " * 40)
    body, _ = fitted(telling(parts=(part,)), FORMS["webhook"])
    assert 5_000 < len(msgspec.json.encode(body)) <= MOST_WEBHOOK_BYTES
