from sandbox.book import Book, Wanted
from sandbox.witness import Part, Received

EVERYTHING = Wanted()


def message(number: int, **more: object) -> Received:
    known: dict[str, object] = {
        "at": "2025-11-24T08:00:00+00:00",
        "channel": "sms",
        "id": str(number),
        "address": "+628123",
        "alert": "a1",
    }
    return Received(**(known | more))  # type: ignore[arg-type]  # a builder


def book(*messages: Received) -> Book:
    made = Book(most=100)
    for each in messages:
        made.add(each)
    return made


def test_the_newest_comes_first() -> None:
    shown = book(message(1), message(2)).newest(EVERYTHING, most=1)
    assert [each.message.id for each in shown] == ["2"]


def test_older_ones_are_found_behind_a_number() -> None:
    made = book(message(1), message(2), message(3))
    assert [each.number for each in made.newest(EVERYTHING, most=9, before=3)] == [2, 1]


def test_messages_are_chosen_by_channel_alert_person_and_words() -> None:
    made = book(message(1), message(2, channel="email", alert="a2", address="a@b", text="Banjir"))
    for wanted in (
        Wanted(channel="email"),
        Wanted(alert="a2"),
        Wanted(person="a@b"),
        Wanted(text="banjir"),
    ):
        assert [each.message.id for each in made.newest(wanted, most=9)] == ["2"]


def test_addresses_become_people_when_somebody_says_whose_they_are() -> None:
    made = book(message(1))
    made.name([("+628123", "Anna"), ("anna@desa.example", "Anna")])
    made.add(message(2, channel="email", address="anna@desa.example"))
    assert made.people(EVERYTHING) == {"Anna": {"sms": 1, "email": 1}}


def test_what_was_refused_is_counted_apart_and_reached_nobody() -> None:
    made = book(message(1, answer="ESME_RINVDSTADR"), message(2))
    assert made.counts == {"sms.refused": 1, "sms.accepted": 1}
    assert made.people(EVERYTHING) == {"+628123": {"sms": 1}}


def test_a_long_message_is_one() -> None:
    made = book(message(1, part=Part(1, 2, 1)), message(2, part=Part(1, 2, 2)))
    assert made.last == 1


def test_alerts_are_listed_with_the_latest_first() -> None:
    assert book(message(1), message(2, alert="a2"), message(3)).alerts() == ["a1", "a2"]


def test_a_full_book_forgets_the_oldest_and_keeps_counting() -> None:
    made = book(*(message(number) for number in range(150)))
    assert len(made.newest(EVERYTHING, most=1000)) == 100
    assert made.counts["sms.accepted"] == 150
