"""CAP alerts of our own to begin with, dated to the moment they are asked for."""

from datetime import datetime, timedelta
from importlib.resources import files
from typing import Final

from common.cap import Alert, read, write_xml

LIFE: Final = timedelta(hours=1)


def tsunami_warning(sender: str, identifier: str, now: datetime) -> bytes:
    """Return the tsunami warning of the made-up village in two languages, valid for an hour."""
    kept = files("kentongan.village").joinpath("tsunami.xml").read_bytes()
    return write_xml(_dated(read(kept).alert, sender, identifier, now))


def _dated(alert: Alert, sender: str, identifier: str, now: datetime) -> Alert:
    """Give a sample a sender, an identifier and a life that begins now."""
    sent = now.replace(microsecond=0)
    infos = tuple(info.model_copy(update={"expires": sent + LIFE}) for info in alert.infos)
    named = {"sender": sender, "identifier": identifier, "sent": sent, "infos": infos}
    return alert.model_copy(update=named)
