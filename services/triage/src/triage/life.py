"""How long an alert lives, and what kind of follow-up it is, from its own words."""

from datetime import datetime, timedelta

from common.cap.alert import Alert
from common.cap.codes import MsgType, ResponseType, Status
from common.cap.identity import alert_id
from common.cap.info import Info
from common.events.triage import FollowUp
from triage.chain import ENDINGS


def follow_up_of(alert: Alert) -> FollowUp:
    """Tell a cancel, an all-clear and an update apart.

    Some ends come inside an Update: it is an all-clear when each of its infos says `AllClear`.
    """
    match alert.msg_type:
        case MsgType.CANCEL:
            return FollowUp.CANCEL
        case MsgType.UPDATE if alert.infos and all(map(_all_clear, alert.infos)):
            return FollowUp.ALL_CLEAR
        case MsgType.UPDATE:
            return FollowUp.UPDATE
        case _:
            return FollowUp.FIRST


def names_of(alert: Alert) -> tuple[str, ...]:
    """Return the ids of the alerts that an Update or Cancel references; an Alert follows none."""
    if alert.msg_type not in {MsgType.UPDATE, MsgType.CANCEL}:
        return ()
    return tuple(dict.fromkeys(alert_id(key) for key in alert.parsed_references))


def is_exercise(alert: Alert) -> bool:
    """Whether it is anything but the real thing."""
    return alert.status is not Status.ACTUAL


def expires_at(alert: Alert, default_life: timedelta) -> datetime:
    """Return when the last of its infos expires; what does not say so lives `default_life`.

    The `expires` of a cancel or all-clear often equals `sent`: "over" is news for a while.
    """
    ends = [info_expires_at(alert, info, default_life) for info in alert.infos]
    latest = max(ends, default=alert.sent + default_life)
    if follow_up_of(alert) in ENDINGS and latest <= alert.sent:
        return alert.sent + default_life
    return latest


def info_expires_at(alert: Alert, info: Info, default_life: timedelta) -> datetime:
    """Return when one info expires."""
    return info.expires or alert.sent + default_life


def _all_clear(info: Info) -> bool:
    """Whether an info says that the danger is over."""
    return ResponseType.ALL_CLEAR in info.response_type
