"""Which infos say one thing in several languages, and which of them somebody gets."""

from notification.wording import own_words
from testkit.builders import area, info

ELSEWHERE = area(area_desc="Hill", polygon=("-8.0,115.0 -8.0,115.1 -8.1,115.1 -8.0,115.0",))


def test_somebody_gets_one_info_of_those_that_say_the_same() -> None:
    infos = [info(), info(language="id-ID", event="Gelombang")]
    assert own_words(infos, [0, 1], "id-ID") == (1,)
    assert own_words(infos, [0, 1], "en-US") == (0,)


def test_a_language_that_is_not_there_gets_english() -> None:
    infos = [info(language="id-ID"), info()]
    assert own_words(infos, [0, 1], "jv") == (1,)


def test_a_danger_that_is_told_in_another_language_only_is_told_in_that_one() -> None:
    infos = [info(), info(language="id-ID"), info(area=(ELSEWHERE,), event="Landslide")]
    assert own_words(infos, [0, 1, 2], "id-ID") == (1, 2)


def test_who_is_told_less_in_their_language_gets_the_longer_telling_too() -> None:
    infos = [info(), info(event="Flood"), info(language="id-ID")]
    assert own_words(infos, [0, 1, 2], "id-ID") == (0, 1, 2)


def test_the_worst_comes_first() -> None:
    infos = [info(severity="Minor", event="Wind"), info(severity="Extreme")]
    assert own_words(infos, [0, 1], "en-US") == (1, 0)


def test_only_the_infos_that_were_named_are_chosen_among() -> None:
    infos = [info(), info(language="id-ID")]
    assert own_words(infos, [0], "id-ID") == (0,)
    assert own_words(infos, [], "id-ID") == ()
