import pytest
from hypothesis import given
from hypothesis.strategies import lists, sampled_from

from notification.mail.octets import Mail, written

PIECES = sampled_from([b".", b"..", b"\r\n", b"\n", b"\r", b"a", b"go up", "é".encode(), b" "])


def read(octets: bytes) -> bytes:
    """Read lines as RFC 5321 §4.5.2 says a server does, up to the lone dot."""
    lines: list[bytes] = []
    for line in octets.split(b"\r\n"):
        if line == b".":
            return b"".join(each + b"\r\n" for each in lines)
        lines.append(line.removeprefix(b"."))
    raise AssertionError("no end")


def even(lines: bytes) -> bytes:
    whole = lines.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return (whole if whole.endswith(b"\n") or not whole else whole + b"\n").replace(b"\n", b"\r\n")


@given(lists(PIECES))
def test_a_server_reads_what_was_written_and_nothing_ends_a_mail_early(pieces: list[bytes]) -> None:
    lines = b"".join(pieces)
    content = Mail("a@desa.example", "b@desa.example", b"To: b\r\n", lines).content
    assert read(content) == b"To: b\r\n" + even(lines)
    assert content.endswith(b"\r\n.\r\n")


@given(lists(PIECES))
def test_no_line_ends_with_half_an_end(pieces: list[bytes]) -> None:
    octets = written(b"".join(pieces)).octets.replace(b"\r\n", b"")
    assert b"\r" not in octets
    assert b"\n" not in octets


def test_the_size_is_the_one_before_dots_were_doubled() -> None:
    mail = Mail("a@desa.example", "b@desa.example", b"To: b\r\n", b"\r\n.\r\n.x")
    assert mail.size == len(b"To: b\r\n\r\n.\r\n.x\r\n")
    assert mail.content == b"To: b\r\n\r\n..\r\n..x\r\n.\r\n"


def test_the_longest_line_is_measured_without_its_end() -> None:
    mail = Mail("a@desa.example", "b@desa.example", b"x" * 12 + b"\r\n", b"\r\n" + b"y" * 30)
    assert mail.longest_line == 30


@pytest.mark.parametrize(("rest", "plain"), [(b"abc", True), (b"\xc3\xa9", False), (b"\0", False)])
def test_seven_bits_are_plain(rest: bytes, plain: bool) -> None:  # noqa: FBT001 - a table
    assert Mail("a@desa.example", "b@desa.example", b"", rest).plain is plain


def test_letters_of_any_script_in_an_address_are_international() -> None:
    assert Mail("a@desa.example", "änna@desa.example", b"", b"").international
    assert not Mail("a@desa.example", "anna@desa.example", b"", b"").international


@pytest.mark.parametrize("address", ["a>\r\nDATA", "a b", "<a", "a\0", "a\n"])
def test_an_address_cannot_say_a_command(address: str) -> None:
    with pytest.raises(ValueError, match="an address that is none"):
        Mail("a@desa.example", address, b"", b"")
    with pytest.raises(ValueError, match="an address that is none"):
        Mail(address, "a@desa.example", b"", b"")
