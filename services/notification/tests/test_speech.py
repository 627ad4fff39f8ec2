"""What is to be told."""

from notification.speech import part_of, speaker
from testkit.builders import alert, area, info


def test_a_headline_that_does_not_name_the_event_gets_its_name() -> None:
    assert part_of(info(headline="Go to high ground")).headline == "Tsunami: Go to high ground"
    assert part_of(info(headline="TSUNAMI: go up")).headline == "TSUNAMI: go up"
    assert part_of(info(headline=None)).headline == "Tsunami"


def test_each_place_is_named_once() -> None:
    places = (area(), area(), area(area_desc=" Old  market "))
    assert part_of(info(area=places)).where == "Harbor; Old market"


def test_a_time_is_told_with_its_offset() -> None:
    assert (
        part_of(info(expires="2026-03-01T21:00:00+07:00")).until == "2026-03-01 21:00 (UTC+07:00)"
    )
    assert part_of(info(expires=None)).until == ""


def test_only_an_address_of_the_web_becomes_a_link() -> None:
    assert part_of(info(web="https://sea.example/1")).link == "https://sea.example/1"
    assert part_of(info(web="javascript:alert(1)")).link == ""


def test_who_speaks_is_named_as_people_know_them() -> None:
    named = info(sender_name="Harbor Office")
    assert speaker(alert(infos=(named,)), [named, named]) == "Harbor Office"
    assert speaker(alert(), [info()]) == "warnings@sea.example"
