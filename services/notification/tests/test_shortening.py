"""How words get shorter."""
# ruff: noqa: RUF001 - what word processors write

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notification.shortening import cut, line, paragraphs, plain_letters, sentences, shortened
from smpp import Encoding, needed_encoding


def test_a_text_is_cut_behind_its_sentences() -> None:
    assert sentences("Go up. Stay there! Why? Because.") == [
        "Go up.",
        "Stay there!",
        "Why?",
        "Because.",
    ]


def test_a_shortened_word_is_not_the_end_of_a_sentence() -> None:
    assert sentences("Pergi ke Jl. Raya No. 5. Tunggu di sana.") == [
        "Pergi ke Jl. Raya No. 5.",
        "Tunggu di sana.",
    ]


def test_what_fits_stays_as_it_is() -> None:
    assert shortened("Go up.\nStay there.", 2, 100) == "Go up.\nStay there."


def test_what_is_left_out_leaves_a_sign() -> None:
    assert shortened("Go up. Stay there. Wait.", 2, 100) == "Go up. Stay there. …"
    assert shortened("Go up. Stay there. Wait.", 9, 10) == "Go up. …"


def test_a_first_sentence_that_is_too_long_loses_its_last_words() -> None:
    assert shortened("Walk up the hill behind the school now.", 1, 20) == "Walk up the hill…"


def test_a_word_without_blanks_is_cut_too() -> None:
    assert cut("a" * 30, 10) == "a" * 9 + "…"


@given(st.text(max_size=80), st.integers(1, 100))
def test_a_cut_text_is_never_longer_than_it_may_be(text: str, most: int) -> None:
    assert len(cut(text, most)) <= most


@given(st.text(alphabet="ab .!?\n", max_size=80), st.integers(1, 5), st.integers(1, 100))
def test_a_shortened_text_is_never_longer_than_it_may_be(
    text: str, most_sentences: int, most: int
) -> None:
    assert len(shortened(text, most_sentences, most)) <= most


@pytest.mark.parametrize(
    "text", ["“Go” — it’s ‘now’ … 5 × 3 • → ≥", "naik\u00a0ke\u200b bukit – segera"]
)
def test_typographic_signs_become_letters_that_every_phone_has(text: str) -> None:
    assert needed_encoding(plain_letters(line(text))) is Encoding.GSM7


def test_letters_of_other_scripts_stay() -> None:
    assert plain_letters("ꦲꦏ꧀ꦱꦫ 津波") == "ꦲꦏ꧀ꦱꦫ 津波"


def test_a_headline_is_one_line_without_what_cannot_be_seen() -> None:
    assert line(" Tsunami\r\n\twarn\u202eing\x00 ") == "Tsunami warning"
    assert line(None) == ""


def test_a_text_keeps_its_lines_and_loses_its_empty_ones() -> None:
    assert paragraphs("  Go up. \n\n\n Stay  there.\n") == "Go up.\nStay there."
    assert paragraphs(None) == ""
