"""An alert signed inside its own document, so that whoever has it can see that it is whole."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509 import Certificate, load_pem_x509_certificates
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, SignatureMethod
from signxml.signer import XMLSigner

from common.cap.alert import Alert
from common.cap.writing import write_xml
from common.cap.xml_parser import new_parser

SMALLEST_RSA_KEY: Final = 2048
SMALLEST_CURVE: Final = 256

PrivateKey = RSAPrivateKey | EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key, and the certificates by which readers know it, its own first."""

    key: PrivateKey
    certificates: tuple[Certificate, ...]

    @property
    def begins(self) -> datetime:
        """Return since when the certificate is valid."""
        return self.certificates[0].not_valid_before_utc

    @property
    def ends(self) -> datetime:
        """Return until when the certificate is valid."""
        return self.certificates[0].not_valid_after_utc

    def sign(self, alert: Alert) -> bytes:
        """Write an alert with one enveloped signature over all of it (CAP 1.2, §3.3.4.1).

        A signature that it came with is left out: it would break by ours, and ours by a second one.
        """
        is_rsa = isinstance(self.key, RSAPrivateKey)
        signer = XMLSigner(
            signature_algorithm=(
                SignatureMethod.RSA_SHA256 if is_rsa else SignatureMethod.ECDSA_SHA256
            ),
            c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
        )
        bare = write_xml(alert.model_copy(update={"signatures": ()}))
        signed = signer.sign(
            etree.fromstring(bare, new_parser()), key=self.key, cert=list(self.certificates)
        )
        return etree.tostring(signed, encoding="utf-8", xml_declaration=True)


def read_signer(key: bytes, certificates: bytes) -> Signer:
    """Read a key and its certificates in PEM; raise ValueError where they cannot sign together."""
    read = _read_key(key)
    try:
        chain = tuple(load_pem_x509_certificates(certificates))
    except ValueError as error:
        raise ValueError("a certificate is X.509 in PEM") from error
    if _spki(chain[0].public_key()) != _spki(read.public_key()):
        raise ValueError("the first certificate is not that of the key")
    return Signer(read, chain)


def _read_key(pem: bytes) -> PrivateKey:
    try:
        key = load_pem_private_key(pem, None)
    except (ValueError, TypeError) as error:
        raise ValueError("a key that signs is a private key in PEM, without a password") from error
    if isinstance(key, RSAPrivateKey) and key.key_size >= SMALLEST_RSA_KEY:
        return key
    if isinstance(key, EllipticCurvePrivateKey) and key.curve.key_size >= SMALLEST_CURVE:
        return key
    raise ValueError(f"a key that signs is RSA with {SMALLEST_RSA_KEY} bits or more, or ECDSA")


def _spki(key: object) -> bytes:
    """Return a public key in the one form in which two can be compared."""
    octets: bytes = key.public_bytes(  # type: ignore[attr-defined]
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    )
    return octets
