import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from lxml import etree

from common.cap import Alert, read, verify_signature
from common.cap.layout import SIGNATURE
from common.cap.signature import SignatureState
from common.cap.signing import Signer, read_signer
from testkit.builders import alert
from testkit.cap_comparison import Schema
from testkit.certificates import PrivateKey, signer_pem
from testkit.samples import NAMES, sample
from testkit.shared import messages, shared_cap

XMLSEC = shutil.which("xmlsec1")
AT_NOON = ("--verification-gmt-time", "2026-03-01 12:00:00")


@cache
def curve_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@cache
def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


def signer(key: PrivateKey | None = None) -> Signer:
    return read_signer(*signer_pem(key))


def own_alerts() -> dict[str, Alert]:
    return {name: read(sample(name)).alert for name in NAMES}


def others_alerts() -> dict[str, Alert]:
    return {name: read(content).alert for name, content in messages("valid").items()}


@pytest.mark.parametrize(
    "key", [curve_key, rsa_key, lambda: ec.generate_private_key(ec.SECP521R1())]
)
def test_what_is_signed_is_whole_and_says_the_same(key: object) -> None:
    assert callable(key)
    signs = signer(key())
    for known in own_alerts().values():
        document = signs.sign(known)
        reading = read(document)
        assert reading.flags == read(sample("tsunami_warning")).flags == ()
        assert reading.alert.model_copy(update={"signatures": ()}) == known
        assert verify_signature(document).state is SignatureState.VALID


def test_what_was_changed_afterwards_is_found_out() -> None:
    document = signer().sign(alert()).replace(b"Extreme", b"Minor")
    assert verify_signature(document).state is SignatureState.INVALID


def test_the_signature_of_another_gives_way_to_ours() -> None:
    theirs = signer().sign(alert())
    ours = signer(rsa_key())
    document = ours.sign(read(theirs).alert)
    assert len(etree.fromstring(document).findall(SIGNATURE)) == 1
    assert verify_signature(document).signer == verify_signature(ours.sign(alert())).signer
    assert verify_signature(document).signer != verify_signature(theirs).signer


def test_every_certificate_of_a_chain_is_in_the_document() -> None:
    key, own = signer_pem()
    _, above = signer_pem()
    document = read_signer(key, own + above).sign(alert())
    assert document.count(b"X509Certificate>") == 4
    assert verify_signature(document).state is SignatureState.VALID


@pytest.mark.skipif(shared_cap() is None, reason="../shared/cap is not beside the repository")
def test_a_signed_alert_of_anybody_passes_the_standards_schema() -> None:
    schema, signs = Schema(), signer()
    for name, known in (own_alerts() | others_alerts()).items():
        assert schema.objection(signs.sign(known)) == "", name


@pytest.mark.skipif(XMLSEC is None, reason="xmlsec1 is not installed")
@pytest.mark.parametrize("key", [curve_key, rsa_key])
def test_the_tool_of_others_finds_it_whole_and_finds_a_change(tmp_path: Path, key: object) -> None:
    assert callable(key)
    secret, certificate = signer_pem(key())
    signs = read_signer(secret, certificate)
    (tmp_path / "trusted.pem").write_bytes(certificate)
    for name, known in (own_alerts() | others_alerts()).items():
        document = signs.sign(known)
        assert verified_by_others(tmp_path, document), name
        changed = document.replace(b"<sender>", b"<sender>not-", 1)
        assert not verified_by_others(tmp_path, changed), name


def verified_by_others(folder: Path, document: bytes) -> bool:
    (folder / "alert.xml").write_bytes(document)
    trust = ("--enabled-key-data", "x509", "--trusted-pem", str(folder / "trusted.pem"))
    command = (str(XMLSEC), "--verify", *trust, *AT_NOON, str(folder / "alert.xml"))
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


WEAK = rsa_key(1024)
NARROW = ec.generate_private_key(ec.SECP192R1())
UNKNOWN_TO_XML = ed25519.Ed25519PrivateKey.generate()


@pytest.mark.parametrize(
    ("key", "certificate", "complaint"),
    [
        (b"", b"", "a private key in PEM"),
        (signer_pem()[1], signer_pem()[1], "a private key in PEM"),
        (signer_pem(WEAK)[0], b"", "RSA with 2048 bits or more, or ECDSA"),
        (signer_pem(NARROW)[0], b"", "RSA with 2048 bits or more, or ECDSA"),
        (signer_pem(UNKNOWN_TO_XML)[0], b"", "RSA with 2048 bits or more, or ECDSA"),
        (signer_pem()[0], b"", "X.509 in PEM"),
        (signer_pem()[0], signer_pem()[1], "not that of the key"),
    ],
)
def test_what_cannot_sign_is_refused_and_not_repeated(
    key: bytes, certificate: bytes, complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint) as refused:
        read_signer(key, certificate)
    assert "PRIVATE KEY-" not in str(refused.value)


def test_it_says_for_how_long_readers_believe_it() -> None:
    known = signer()
    assert known.begins.year == 2000
    assert known.ends > known.begins
