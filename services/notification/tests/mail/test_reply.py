import pytest
from hypothesis import given
from hypothesis.strategies import binary, integers

from notification.mail.reply import NotSmtpError, Replies, Reply

SAID = b"220 hello\r\n250-desa.example\r\n250-SIZE 100\r\n250 HELP\r\n354 go\r\n250\r\n"
READ = [
    Reply(220, "hello"),
    Reply(250, "desa.example\nSIZE 100\nHELP"),
    Reply(354, "go"),
    Reply(250, ""),
]


@given(integers(0, len(SAID)), integers(0, len(SAID)))
def test_replies_are_read_however_they_are_split(first: int, second: int) -> None:
    replies = Replies()
    early, late = sorted((first, second))
    read = [
        reply
        for part in (SAID[:early], SAID[early:late], SAID[late:])
        for reply in replies.cut(part)
    ]
    assert read == READ
    assert not replies.begun


@pytest.mark.parametrize(
    "octets",
    [
        b"hello\r\n",
        b"25 ok\r\n",
        b"2500 ok\r\n",
        b"199 ok\r\n",
        b"600 ok\r\n",
        b"250_ok\r\n",
        b"\r\n",
        b"\xff\xfe\xfd\r\n",
        b"250-one\r\n251 two\r\n",
        b"250 " + b"x" * 3_000 + b"\r\n",
        b"250 " + b"x" * 3_000,
        b"250-more\r\n" * 101,
        "٢٥٠ ok\r\n".encode(),
    ],
)
def test_what_is_no_reply_is_not_read_as_one(octets: bytes) -> None:
    with pytest.raises(NotSmtpError):
        list(Replies().cut(octets))


@given(binary())
def test_whatever_comes_is_read_or_refused(octets: bytes) -> None:
    try:
        replies = list(Replies().cut(octets))
    except NotSmtpError:
        return
    assert all(200 <= reply.code < 600 for reply in replies)


def test_a_part_of_a_reply_is_begun() -> None:
    for part in (b"250", b"250-more\r\n"):
        replies = Replies()
        assert list(replies.cut(part)) == []
        assert replies.begun


@pytest.mark.parametrize(
    ("code", "negative", "intermediate"),
    [(250, False, False), (354, False, True), (451, True, False), (550, True, False)],
)
def test_the_first_digit_says_how_it_went(code: int, negative: bool, intermediate: bool) -> None:  # noqa: FBT001 - parameters of a table
    reply = Reply(code, "")
    assert (reply.negative, reply.intermediate) == (negative, intermediate)
