"""Which language somebody gets."""

import pytest

from notification.languages import family, nearest


@pytest.mark.parametrize(
    ("wanted", "offered", "gets"),
    [
        ("id-ID", ["en-US", "id-ID"], "id-ID"),
        ("ID-id", ["en-US", "id-ID"], "id-ID"),
        ("id", ["en-US", "id-ID"], "id-ID"),
        ("en-AU", ["id-ID", "en-GB"], "en-GB"),
        ("jv", ["id-ID", "en-US"], "en-US"),
        ("jv", ["id-ID", "en-GB"], "en-GB"),
        ("jv", ["id-ID", "ms-MY"], "id-ID"),
        ("", ["id-ID", "en-US"], "en-US"),
    ],
)
def test_somebody_gets_their_language_else_its_family_else_english_else_the_first(
    wanted: str, offered: list[str], gets: str
) -> None:
    assert nearest(wanted, offered) == gets


def test_the_family_of_a_language_is_what_stands_before_its_country() -> None:
    assert family(" id-ID") == "id"
