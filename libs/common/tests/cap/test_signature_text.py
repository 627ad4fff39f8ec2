import pytest
from pydantic import TypeAdapter, ValidationError

from common.cap.signature_text import SignatureText, signature_element

DSIG = "http://www.w3.org/2000/09/xmldsig#"
SIGNATURE = f'<ds:Signature xmlns:ds="{DSIG}" Id="a"  b="c"><ds:SignedInfo/></ds:Signature>'


def test_the_text_of_a_signature_stays_untouched() -> None:
    assert TypeAdapter(SignatureText).validate_python(SIGNATURE) == SIGNATURE


@pytest.mark.parametrize(
    "text",
    [
        "",
        "garbage",
        "<Signature/>",
        f"{SIGNATURE}{SIGNATURE}",
        f"<!DOCTYPE x [<!ENTITY y 'z'>]>{SIGNATURE}",
        f'<ds:Object xmlns:ds="{DSIG}"/>',
        f'<?xml version="1.0" encoding="UTF-16"?>{SIGNATURE}',
    ],
)
def test_what_is_not_one_signature_is_none(text: str) -> None:
    with pytest.raises(ValidationError, match="one <Signature> element"):
        TypeAdapter(SignatureText).validate_python(text)


def test_a_signature_can_be_put_back_into_a_document() -> None:
    assert signature_element(SIGNATURE).tag == f"{{{DSIG}}}Signature"
