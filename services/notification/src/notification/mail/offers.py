"""What a mail server offers in its answer to EHLO, and which mail it cannot take."""

from dataclasses import dataclass
from typing import Final, Self

from notification.mail.octets import LONGEST_LINE, Mail
from notification.mail.reply import Reply

TOO_LARGE: Final = Reply(552, "5.3.4 the mail is larger than the server takes")
LINE_TOO_LONG: Final = Reply(554, "5.6.0 a line is longer than a mail may have")
NOT_PLAIN: Final = Reply(554, "5.6.3 the server takes seven bits only")
ADDRESS_NOT_PLAIN: Final = Reply(553, "5.6.7 the server takes addresses in ASCII only")


@dataclass(frozen=True, slots=True)
class Offers:
    """The service extensions of a server that we know; `largest` 0 is a server without a limit."""

    pipelining: bool = False
    starttls: bool = False
    eight_bits: bool = False
    international: bool = False
    sizes: bool = False
    largest: int = 0
    logins: frozenset[str] = frozenset()

    @classmethod
    def of(cls, reply: Reply) -> Self:
        """Read the lines after the first (RFC 5321 §4.1.1.1)."""
        offered: dict[str, list[str]] = {}
        for line in reply.text.split("\n")[1:]:
            keyword, *words = line.replace("=", " ").upper().split() or [""]
            offered.setdefault(keyword, []).extend(words)
        return cls(
            pipelining="PIPELINING" in offered,
            starttls="STARTTLS" in offered,
            eight_bits="8BITMIME" in offered,
            international="SMTPUTF8" in offered,
            sizes="SIZE" in offered,
            largest=_number(offered.get("SIZE", [])),
            logins=frozenset(offered.get("AUTH", [])),
        )

    def refusal(self, mail: Mail) -> Reply | None:
        """Return what the server would say of a mail that it cannot take, or None."""
        if self.largest and mail.size > self.largest:
            return TOO_LARGE
        if mail.longest_line > LONGEST_LINE:
            return LINE_TOO_LONG
        if not (self.eight_bits or mail.plain):
            return NOT_PLAIN
        if mail.international and not self.international:
            return ADDRESS_NOT_PLAIN
        return None

    def envelope(self, mail: Mail) -> tuple[bytes, bytes]:
        """Return the commands that name sender and recipient, each with its end."""
        size = f" SIZE={mail.size}" if self.sizes else ""
        eight_bits = "" if mail.plain else " BODY=8BITMIME"
        international = " SMTPUTF8" if mail.international else ""
        sender = f"MAIL FROM:<{mail.sender}>{size}{eight_bits}{international}\r\n"
        return sender.encode(), f"RCPT TO:<{mail.recipient}>\r\n".encode()


def _number(words: list[str]) -> int:
    return int(words[0]) if words and words[0].isascii() and words[0].isdigit() else 0
