"""The envelope sender of one mail: to whom its reports go, and a seal that only we can write."""

import hmac
import re
from base64 import b32encode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

SEAL_OCTETS: Final = 10
MESSAGE_ID: Final = re.compile(r"<([a-z0-9]{1,40})@([^<>@\s]+)>")
LOCAL_PART: Final = re.compile(r"report\.([a-z0-9]{1,40})\.([a-z2-7]{16})")


@dataclass(frozen=True, slots=True)
class ReturnPaths:
    """The return paths of one provider's mail; `mail_domain` stands in its message ids.

    They are lower case, for servers that make them so. A person who got a mail knows its return
    path and no other.
    """

    provider: str
    domain: str
    mail_domain: str
    secret: bytes = field(repr=False)

    def of(self, message_id: str) -> str:
        """Return where reports about a mail go; its id is ours and in lower case."""
        found = MESSAGE_ID.fullmatch(message_id)
        if found is None or found[2] != self.mail_domain:
            raise ValueError("a message id that is not ours")
        return f"report.{found[1]}.{self._seal(found[1])}@{self.domain}"

    def message_id(self, address: str) -> str | None:
        """Return which mail an address stands for, or None if we did not write it."""
        local_part, _, domain = address.lower().rpartition("@")
        found = LOCAL_PART.fullmatch(local_part)
        if found is None or domain != self.domain.lower():
            return None
        if not hmac.compare_digest(found[2], self._seal(found[1])):
            return None
        return f"<{found[1]}@{self.mail_domain}>"

    def _seal(self, key: str) -> str:
        said = f"return path:{self.provider}:{key}".encode()
        return b32encode(hmac.digest(self.secret, said, sha256)[:SEAL_OCTETS]).decode().lower()
