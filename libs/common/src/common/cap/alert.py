"""A whole CAP 1.2 alert, as it comes in and as it travels."""

from typing import Annotated

from pydantic import Field

from common.cap.codes import MsgType, Scope, Status
from common.cap.element import Element, Many
from common.cap.identity import AlertKey
from common.cap.info import Info
from common.cap.signature_text import SignatureText
from common.cap.values import Text, Time


class Alert(Element):
    """A CAP `<alert>`.

    `signatures` holds each XML signature as the text of its `<Signature>` element, untouched.
    """

    identifier: Text
    sender: Text
    sent: Time
    status: Status
    msg_type: MsgType
    source: Text | None = None
    scope: Scope
    restriction: Text | None = None
    addresses: Text | None = None
    code: Many[Text] = ()
    note: Text | None = None
    references: Text | None = None
    incidents: Text | None = None
    infos: Annotated[tuple[Info, ...], Field(alias="info")] = ()
    signatures: Annotated[Many[SignatureText], Field(alias="signature")] = ()

    @property
    def key(self) -> AlertKey:
        """Name this alert by sender, identifier and sent."""
        return AlertKey(sender=self.sender, identifier=self.identifier, sent=self.sent)

    @property
    def parsed_references(self) -> tuple[AlertKey, ...]:
        """Name the alerts that this one follows up; raise ValueError on a malformed reference."""
        return tuple(AlertKey.parse(text) for text in (self.references or "").split())
