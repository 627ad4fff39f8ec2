from datetime import datetime, timedelta, timezone
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml.algorithms import CanonicalizationMethod
from signxml.signer import XMLSigner

from common.cap import FlagKind, read, write_json, write_xml
from common.cap.layout import DSIG
from common.cap.signature import SignatureState, verify_signature
from testkit.samples import sample

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

SENT = datetime(2026, 3, 11, 6, 2, tzinfo=timezone(timedelta(hours=8)))
WARNING = sample("tsunami_warning")
SHA1 = "http://www.w3.org/2000/09/xmldsig#"


@cache
def curve_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@cache
def rsa_key(bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


def certificate(key: Key, since: datetime = SENT - timedelta(days=1), days: int = 30) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Harbor Office")])
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(since)
        .not_valid_after(since + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    return built.public_bytes(Encoding.PEM).decode()


def signed(
    content: bytes = WARNING, key: Key | None = None, cert: str = "", *, with_key: bool = True
) -> bytes:
    key = key or curve_key()
    kind = "rsa" if isinstance(key, rsa.RSAPrivateKey) else "ecdsa"
    signer = XMLSigner(
        signature_algorithm=f"{kind}-sha256",
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    )
    root = signer.sign(
        etree.fromstring(content), key=key, cert=(cert or certificate(key)) if with_key else None
    )
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def reason(content: bytes) -> str:
    verdict = verify_signature(content)
    assert verdict.state is SignatureState.INVALID
    assert verdict.signer == ""
    return verdict.reason


def test_an_alert_without_signature_has_none() -> None:
    assert verify_signature(WARNING).state is SignatureState.ABSENT


@pytest.mark.parametrize("key", [curve_key, lambda: rsa_key(2048)])
def test_a_signed_alert_is_accepted_without_a_flag(key: object) -> None:
    assert callable(key)
    content = signed(key=key())
    assert verify_signature(content).state is SignatureState.VALID
    assert read(content).flags == ()


def test_one_key_is_one_signer_whatever_it_signs() -> None:
    one = verify_signature(signed())
    other = verify_signature(signed(sample("tsunami_update")))
    assert one.signer == other.signer
    assert one.signer.startswith("sha256:")
    assert one.signer != verify_signature(signed(key=rsa_key(2048))).signer


def test_an_alert_that_was_changed_after_signing_is_flagged() -> None:
    changed = signed().replace(b"leave the shore now", b"all is well")
    assert "changed after signing" in reason(changed)
    assert [flag.kind for flag in read(changed).flags] == [FlagKind.SIGNATURE_INVALID]


def test_a_comment_does_not_hide_a_change() -> None:
    changed = signed().replace(b">Actual<", b">Ac<!-- -->tual<").replace(b">Public<", b">Private<")
    assert "changed after signing" in reason(changed)


def test_a_signature_made_before_blanks_were_put_in_verifies() -> None:
    parser = etree.XMLParser(remove_blank_text=True)
    tight = etree.tostring(etree.fromstring(WARNING, parser))
    spaced = signed(tight).replace(b"><info>", b">\n  <info>").replace(b"><area>", b">\n  <area>")
    assert b">\n  <info>" in spaced
    assert verify_signature(spaced).state is SignatureState.VALID


def test_a_signed_alert_without_blanks_verifies_when_it_is_written_again() -> None:
    content = signed(write_xml(read(WARNING).alert))
    one = read(content)
    assert verify_signature(write_xml(one.alert)).state is SignatureState.VALID
    assert read(write_json(one.alert), "application/json").flags == ()


def test_two_signatures_say_nothing_about_the_whole() -> None:
    one = signed()
    start = one.index(b"<ds:Signature ")
    end = one.index(b"</ds:Signature>") + len(b"</ds:Signature>")
    assert "there are 2 signatures" in reason(one[:end] + one[start:end] + one[end:])


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b'URI=""', b'URI="#part"', "one reference, to the whole document"),
        (b"</ds:Reference>", b'</ds:Reference><ds:Reference URI=""/>', "one reference"),
        (b"xmldsig-more#ecdsa-sha256", b"xmldsig-more#hmac-sha256", "is not accepted"),
        (b"2001/04/xmlenc#sha256", b"2000/09/xmldsig#sha1", "SHA-1 no longer proves"),
        (b"2000/09/xmldsig#enveloped-signature", b"TR/1999/REC-xslt-19991116", "not accepted"),
    ],
)
def test_only_algorithms_that_hold_and_the_whole_document_are_accepted(
    old: bytes, new: bytes, words: str
) -> None:
    content = signed()
    assert old in content
    assert words in reason(content.replace(old, new))


def test_a_short_rsa_key_proves_nothing() -> None:
    assert "1024 bits is too short" in reason(signed(key=rsa_key(1024)))


def test_a_certificate_of_somebody_else_proves_nothing() -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    foreign = certificate(other).splitlines()
    content = signed().decode()
    start = content.index("<ds:X509Certificate>") + len("<ds:X509Certificate>")
    end = content.index("</ds:X509Certificate>")
    swapped = content[:start] + "\n".join(foreign[1:-1]) + content[end:]
    assert reason(swapped.encode())


def test_a_certificate_is_looked_at_as_of_the_time_of_sending() -> None:
    old = certificate(curve_key(), SENT - timedelta(days=1), days=2)
    assert verify_signature(signed(cert=old)).state is SignatureState.VALID
    ended = certificate(curve_key(), SENT - timedelta(days=9), days=2)
    assert reason(signed(cert=ended))


def test_a_signature_with_its_key_alone_verifies() -> None:
    assert verify_signature(signed(with_key=False)).state is SignatureState.VALID


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<ds:SignatureValue>", b"<ds:SignatureValue>?"),
        (b"<ds:SignatureValue>", b"<ds:SignatureValue>AAAA"),
        (b"</ds:X509Certificate>", b"AAAA</ds:X509Certificate>"),
        (b"<ds:X509Certificate>", b"<ds:X509Certificate>AAAA"),
        (b"<ds:KeyInfo>", b"<ds:KeyInfo><ds:KeyName>x</ds:KeyName>"),
        (b"<ds:DigestValue>", b"<ds:DigestValue>AAAA"),
        (b"DigestMethod ", b"DigestMethods "),
    ],
)
def test_a_broken_signature_is_never_an_error(old: bytes, new: bytes) -> None:
    content = signed()
    assert old in content
    verdict = verify_signature(content.replace(old, new))
    assert verdict.state in {SignatureState.INVALID, SignatureState.VALID}
    assert "\n" not in verdict.reason


def test_an_empty_signature_is_never_an_error() -> None:
    empty = WARNING.replace(b"</alert>", f'<Signature xmlns="{DSIG}"/></alert>'.encode())
    assert "one reference" in reason(empty)
