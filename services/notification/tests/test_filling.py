"""The templates, run in a sandbox."""

from dataclasses import replace
from html.parser import HTMLParser

import pytest
from jinja2.exceptions import SecurityError, UndefinedError

from notification.filling import _environment, filled
from notification.speech import Part, Telling

PART = Part(
    "id-ID",
    "Tsunami",
    where="Dermaga",
    instruction="Naik.\nSekarang.",
    web="https://laut.example",
    link="https://laut.example",
)
TELLING = Telling("id-ID", "Tsunami", parts=(PART,), who="Jaga")


class Elements(HTMLParser):
    """Notes which elements and attributes a page has."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def test_a_page_names_its_language_has_headings_and_no_image() -> None:
    page = Elements(filled("email.html.jinja", TELLING))
    assert page.named("html") == [{"lang": "id"}]
    assert len(page.named("h1")) == 1
    assert page.named("h2")
    assert not page.named("img")
    assert page.named("a")[0]["href"] == "https://laut.example"


def test_the_words_of_another_language_are_marked_as_such() -> None:
    other = replace(TELLING, language="jv", parts=(replace(PART, language="jv"),))
    page = Elements(filled("email.html.jinja", other))
    assert page.named("html") == [{"lang": "en"}]
    assert page.named("section")[0]["lang"] == "jv"


def test_an_alert_cannot_write_html() -> None:
    bad = '<script>x</script>" onload="x'
    parts = (replace(PART, instruction=bad, where=bad, description=bad),)
    page = filled("email.html.jinja", replace(TELLING, headline=bad, parts=parts, who=bad))
    assert not Elements(page).named("script")
    assert all("onload" not in attributes for _, attributes in Elements(page).found)


def test_an_alert_is_never_read_as_a_template() -> None:
    assert "{{ 7 * 7 }}" in filled("sms.jinja", replace(TELLING, headline="{{ 7 * 7 }}"))


def test_a_template_cannot_leave_its_sandbox() -> None:
    template = _environment().from_string("{{ ''.__class__.__mro__ }}")
    with pytest.raises(SecurityError):
        template.render()


def test_a_word_that_is_missing_is_not_passed_over() -> None:
    with pytest.raises(UndefinedError):
        _environment().from_string("{{ nobody }}").render()
