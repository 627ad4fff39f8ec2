"""Phone numbers as companies take them over HTTP: E.164, with a plus."""

import re
from typing import Final

PHONE: Final = re.compile(r"\+?([1-9][0-9]{2,14})")


def international(address: str) -> str | None:
    """Return the number with its plus, or None if this is no phone number."""
    found = PHONE.fullmatch(address)
    return f"+{found[1]}" if found else None
