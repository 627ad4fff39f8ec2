"""The times of SMPP: absolute with a quarter-hour zone, or relative to now (SMPP 3.4 §7.1.1)."""

from datetime import datetime, timedelta, timezone
from re import compile as pattern

SHAPE = pattern(r"[0-9]{15}[-+R]")
QUARTER = timedelta(minutes=15)
LONGEST_RELATIVE = timedelta(days=31)


def absolute_time(moment: datetime) -> str:
    """Write a moment as YYMMDDhhmmsstnnp, in its own zone; raise ValueError if it has none."""
    offset = moment.utcoffset()
    if offset is None:
        raise ValueError("a moment without a zone is no moment")
    quarters = abs(offset) // QUARTER
    sign = "-" if offset < timedelta(0) else "+"
    return f"{moment:%y%m%d%H%M%S}{moment.microsecond // 100_000}{quarters:02}{sign}"


def relative_time(period: timedelta) -> str:
    """Write a period as YYMMDDhhmmss000R, in whole seconds.

    Raise ValueError if it is not positive or longer than 31 days: months are of no fixed length.
    """
    if not timedelta(seconds=1) <= period <= LONGEST_RELATIVE:
        raise ValueError("a relative time is one second to 31 days; use an absolute time")
    hours, seconds = divmod(period.seconds, 3600)
    return f"0000{period.days:02}{hours:02}{seconds // 60:02}{seconds % 60:02}000R"


def parse_time(text: str, now: datetime) -> datetime | None:
    """Read an absolute or relative time; empty means None; raise ValueError for anything else.

    A relative month counts 30 days, a relative year 365.
    """
    if not text:
        return None
    if not SHAPE.fullmatch(text):
        raise ValueError(f"not a time of SMPP: {text!r}")
    year, month, day, hour, minute, second = (int(text[at : at + 2]) for at in range(0, 12, 2))
    if text[15] == "R":
        days = 365 * year + 30 * month + day
        return now + timedelta(days=days, hours=hour, minutes=minute, seconds=second)
    tenths = 100_000 * int(text[12])
    zone = timezone(int(text[13:15]) * (QUARTER if text[15] == "+" else -QUARTER))
    return datetime(2000 + year, month, day, hour, minute, second, tenths, tzinfo=zone)
