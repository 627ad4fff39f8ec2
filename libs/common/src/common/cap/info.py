"""What is said about an event, in one language, for its own areas."""

from typing import Annotated

from pydantic import Field

from common.cap.area import Area
from common.cap.codes import Category, Certainty, ResponseType, Severity, Urgency
from common.cap.element import Element, Many, NamedValue
from common.cap.values import Language, Text, Time, Uri, WholeNumber


class Resource(Element):
    """A CAP `<resource>`: a file that goes with an info, by address or inside (`deref_uri`)."""

    resource_desc: Text
    mime_type: Text
    size: WholeNumber | None = None
    uri: Uri | None = None
    deref_uri: Text | None = None
    digest: Text | None = None


class Info(Element):
    """A CAP `<info>`; without a language it is in en-US, as the standard says."""

    language: Language = "en-US"
    category: Annotated[Many[Category], Field(min_length=1)]
    event: Text
    response_type: Many[ResponseType] = ()
    urgency: Urgency
    severity: Severity
    certainty: Certainty
    audience: Text | None = None
    event_code: Many[NamedValue] = ()
    effective: Time | None = None
    onset: Time | None = None
    expires: Time | None = None
    sender_name: Text | None = None
    headline: Text | None = None
    description: Text | None = None
    instruction: Text | None = None
    web: Uri | None = None
    contact: Text | None = None
    parameter: Many[NamedValue] = ()
    resource: Many[Resource] = ()
    area: Many[Area] = ()
