from sandbox.letter import read_letter


def test_a_mail_that_nobody_could_have_written_is_read_all_the_same() -> None:
    letter = read_letter(
        b"Subject: =?nonsense?q?x?=\r\nContent-Type: text/plain; charset=klingon\r\n\r\n\xff\xfe"
    )
    assert letter.headline == "=?nonsense?q?x?="
    assert letter.text


def test_a_mail_without_a_body_is_empty() -> None:
    assert read_letter(b"").text == ""
