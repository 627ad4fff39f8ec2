"""What the ledger never keeps: addresses, tokens, and the bodies of dead letters."""

import base64
import binascii
import hashlib
import re
from typing import Any, Final

from common.events.dead import DeadLetter

WITHHELD: Final = "[withheld]"
WITHHELD_KEYS: Final = frozenset(
    {
        "address",
        "addresses",
        "auth",
        "authorization",
        "e164",
        "email",
        "endpoint",
        "msisdn",
        "p256dh",
        "password",
        "phone",
        "phone_number",
        "secret",
        "subscription",
        "token",
    }
)
ADDRESS: Final = re.compile(r"[\w.%+-]+@[\w-]+(?:\.[\w-]+)*|\+\d{7,15}")
FEWEST_DIGITS_OF_A_NUMBER: Final = 10**8
BARE_NUMBER: Final = re.compile(r"(?<!\w)\d{9,15}(?!\w)")
SUSPECT: Final = re.compile(
    rb'@|\+\d{7}|"(?:' + "|".join(sorted(WITHHELD_KEYS)).encode() + rb')"', re.IGNORECASE
)


def without_addresses(event_type: str, document: Any, raw: bytes) -> Any:
    """Return the document without what would tell where a person can be reached.

    What a publisher says in public (the CAP alert) stays, but for addresses in its `addresses`.
    A digest of a telephone number is soon guessed, so addresses are dropped, not hashed.
    """
    if event_type == DeadLetter.event_type and isinstance(document, dict):
        return _dead_letter(document)
    return _walked(document) if SUSPECT.search(raw) else document


def _dead_letter(document: dict[str, Any]) -> dict[str, Any]:
    """Replace the body by its digest, and look twice at the free words."""
    kept = {key: value for key, value in document.items() if key != "body_base64"}
    kept["body_sha256"] = _digest(document.get("body_base64", ""))
    walked: dict[str, Any] = _walked(kept)
    if isinstance(walked.get("reason"), str):
        walked["reason"] = BARE_NUMBER.sub(WITHHELD, walked["reason"])
    return walked


def _digest(body_base64: Any) -> str:
    """Return SHA-256 of what the base64 stands for, or of the text where it is none."""
    text = str(body_base64).encode(errors="replace")
    try:
        return hashlib.sha256(base64.b64decode(text, validate=True)).hexdigest()
    except binascii.Error:
        return hashlib.sha256(text).hexdigest()


def _walked(value: Any) -> Any:
    """Withhold addresses in a value and in all that is inside it."""
    if isinstance(value, dict):
        return {key: _of_key(key, inside) for key, inside in value.items()}
    if isinstance(value, list):
        return [_walked(inside) for inside in value]
    return ADDRESS.sub(WITHHELD, value) if isinstance(value, str) else value


def _of_key(key: str, value: Any) -> Any:
    """Withhold by the name of a field, or look inside; a CAP alert is public."""
    if key.lower() in WITHHELD_KEYS and value and not _is_count(value):
        return WITHHELD
    if key == "alert" and isinstance(value, dict):
        named = value.get("addresses")
        return {**value, "addresses": _walked(named)} if named else value
    return _walked(value)


def _is_count(value: Any) -> bool:
    """Tell the sum of a channel that is called `email` from somebody's number."""
    return isinstance(value, int) and abs(value) < FEWEST_DIGITS_OF_A_NUMBER
