from testkit.sinks.counting import Count


def test_whoever_is_reached_twice_is_counted_as_double() -> None:
    count = Count.up_to(3)
    for digits in (b"0", b"2", b"2"):
        count.take(digits)
    report = count.report()
    assert (report.messages, report.people, report.double) == (3, 2, 1)


def test_an_address_that_is_nobodys_is_strange_and_reaches_nobody() -> None:
    count = Count.up_to(3)
    for digits in (b"3", b"", b"anna"):
        count.take(digits)
    report = count.report()
    assert (report.people, report.strange, report.double) == (0, 3, 0)


def test_a_count_begins_with_its_first_message_and_anew_when_it_forgets() -> None:
    count = Count.up_to(3)
    for digits in (b"0", b"1"):
        count.take(digits)
    report = count.report()
    assert 0 < report.began_at <= report.last_at
    count.forget()
    assert count.report().began_at == 0
    count.take(b"2")
    assert count.report().began_at >= report.last_at
