"""What the schema cannot say: rules between elements, which refuse, and oddities, which flag."""

from common.cap.alert import Alert
from common.cap.refusal import Flag


def judge(alert: Alert, content: bytes) -> tuple[Flag, ...]:
    """Raise Refused for every broken rule, else give the flags."""
    del alert, content
    return ()
