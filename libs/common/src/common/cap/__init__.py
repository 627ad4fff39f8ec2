"""CAP 1.2 and nothing else: the alert, how it is read, judged and written, and where it applies."""

from common.cap.alert import Alert
from common.cap.area import Area
from common.cap.codes import (
    Category,
    Certainty,
    MsgType,
    ResponseType,
    Scope,
    Severity,
    Status,
    Urgency,
)
from common.cap.element import NamedValue
from common.cap.geometry import area_geometry, polygons
from common.cap.identity import AlertKey, alert_id
from common.cap.info import Info, Resource
from common.cap.reading import Reading, read
from common.cap.refusal import Flag, FlagKind, Reason, Refused
from common.cap.rules import Rule
from common.cap.signature import SignatureState, SignatureVerdict, verify_signature
from common.cap.writing import write_xml
from common.cap.writing_json import write_json

__all__ = [
    "Alert",
    "AlertKey",
    "Area",
    "Category",
    "Certainty",
    "Flag",
    "FlagKind",
    "Info",
    "MsgType",
    "NamedValue",
    "Reading",
    "Reason",
    "Refused",
    "Resource",
    "ResponseType",
    "Rule",
    "Scope",
    "Severity",
    "SignatureState",
    "SignatureVerdict",
    "Status",
    "Urgency",
    "alert_id",
    "area_geometry",
    "polygons",
    "read",
    "verify_signature",
    "write_json",
    "write_xml",
]
