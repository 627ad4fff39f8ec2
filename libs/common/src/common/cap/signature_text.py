"""A signature as it is kept: the text of one `<Signature>` element, and nothing around it."""

from typing import Annotated

from lxml import etree
from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from common.cap.layout import SIGNATURE
from common.cap.rules import Rule
from common.cap.values import Text
from common.cap.xml_parser import new_parser


def signature_element(text: str) -> etree._Element:
    """Read the text of a signature; raise ValueError if it is not one `<Signature>` element."""
    try:
        element = etree.fromstring(text, new_parser())
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _not_a_signature() from error
    if element.tag != SIGNATURE or element.getroottree().docinfo.internalDTD is not None:
        raise _not_a_signature()
    return element


def _not_a_signature() -> PydanticCustomError:
    return PydanticCustomError(Rule.SIGNATURE, "a signature is one <Signature> element, as XML")


def _checked(text: str) -> str:
    signature_element(text)
    return text


SignatureText = Annotated[Text, AfterValidator(_checked)]
