"""Whether an alert's XML signature holds, for the whole document, by algorithms still trusted."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import cast

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)
from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.exceptions import InvalidDigest, SignXMLException
from signxml.verifier import SignatureConfiguration, VerifyResult, XMLVerifier

from common.cap.layout import CAP, SIGNATURE
from common.cap.values import parse_time
from common.cap.xml_parser import complaint_of, new_parser

_METHODS = frozenset(
    {
        SignatureMethod.RSA_SHA256,
        SignatureMethod.RSA_SHA384,
        SignatureMethod.RSA_SHA512,
        SignatureMethod.SHA256_RSA_MGF1,
        SignatureMethod.SHA384_RSA_MGF1,
        SignatureMethod.SHA512_RSA_MGF1,
        SignatureMethod.ECDSA_SHA256,
        SignatureMethod.ECDSA_SHA384,
        SignatureMethod.ECDSA_SHA512,
    }
)
_DIGESTS = frozenset({DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512})
_TRANSFORMS = frozenset(
    {
        "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        "http://www.w3.org/2006/12/xml-c14n11",
        "http://www.w3.org/2001/10/xml-exc-c14n#",
    }
)
_ACCEPTED = {
    "SignatureMethod": frozenset(method.value for method in _METHODS),
    "DigestMethod": frozenset(digest.value for digest in _DIGESTS),
    "Transform": _TRANSFORMS,
    "CanonicalizationMethod": _TRANSFORMS,
}
_DSIG = {"ds": "http://www.w3.org/2000/09/xmldsig#"}
_SMALLEST_RSA_KEY = 2048
_LONGEST_REASON = 200
_BROKEN = (
    SignXMLException,
    InvalidSignature,
    UnsupportedAlgorithm,
    etree.LxmlError,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    NotImplementedError,
)


class SignatureState(StrEnum):
    """What there is to say about a signature."""

    ABSENT = "absent"
    VALID = "valid"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class SignatureVerdict:
    """Whether a signature holds; `signer` is `sha256:` and the digest of the public key (SPKI).

    Valid means: unchanged since whoever holds that key signed it. Whose key it is, is for the
    caller to know.
    """

    state: SignatureState
    reason: str = ""
    signer: str = ""


def verify_signature(content: bytes) -> SignatureVerdict:
    """Verify the one signature of a CAP XML document, as it is or with blank text removed.

    SHA-1 is not trusted, so a signature that uses it counts as invalid: anyone with money can
    make two documents with one SHA-1 digest. Certificates are looked at as of the time of `sent`.
    """
    root = etree.fromstring(content, new_parser(as_signed=True))
    signatures = root.findall(SIGNATURE)
    if not signatures:
        return SignatureVerdict(SignatureState.ABSENT)
    if len(signatures) > 1:
        sentence = f"there are {len(signatures)} signatures; one for the whole alert is verified"
        return SignatureVerdict(SignatureState.INVALID, sentence)
    objection = _objection(signatures[0])
    if objection:
        return SignatureVerdict(SignatureState.INVALID, objection)
    verdict = _verify(root)
    if verdict.state is SignatureState.VALID:
        return verdict
    without_blanks = _verify(etree.fromstring(content, new_parser(as_signed=True, blanks=False)))
    return without_blanks if without_blanks.state is SignatureState.VALID else verdict


def _objection(signature: etree._Element) -> str:
    """Say what in the signature's own description is not accepted, or nothing."""
    references = signature.findall("ds:SignedInfo/ds:Reference", _DSIG)
    if [reference.get("URI") for reference in references] != [""]:
        return "it must have one reference, to the whole document"
    for element in signature.iterfind("ds:SignedInfo//*[@Algorithm]", _DSIG):
        name, algorithm = etree.QName(element).localname, element.get("Algorithm", "")
        if algorithm not in _ACCEPTED.get(name, ()):
            return f"{name} {algorithm} is not accepted{_why(algorithm)}"
    return ""


def _why(algorithm: str) -> str:
    return ": SHA-1 no longer proves anything" if "sha1" in algorithm.lower() else ""


def _verify(root: etree._Element) -> SignatureVerdict:
    certificate = root.findtext(f"{SIGNATURE}//ds:X509Certificate", namespaces=_DSIG)
    try:
        configuration = SignatureConfiguration(
            require_x509=False,
            location="./",
            expect_references=1,
            signature_methods=_METHODS,
            digest_algorithms=_DIGESTS,
            verification_time=parse_time(root.findtext(f"{{{CAP}}}sent", "")),
        )
        result = XMLVerifier().verify(
            root,
            x509_cert=certificate,
            expect_config=configuration,
            parser=new_parser(as_signed=True),
        )
        return _about_the_key(cast("VerifyResult", result).signature_key or b"")
    except InvalidDigest:
        return SignatureVerdict(SignatureState.INVALID, "the alert was changed after signing")
    except _BROKEN as error:
        sentence = f"it does not verify: {complaint_of(error)[:_LONGEST_REASON]}"
        return SignatureVerdict(SignatureState.INVALID, sentence)


def _about_the_key(pem: bytes) -> SignatureVerdict:
    key = load_pem_public_key(pem)
    if isinstance(key, RSAPublicKey) and key.key_size < _SMALLEST_RSA_KEY:
        sentence = f"its RSA key of {key.key_size} bits is too short"
        return SignatureVerdict(SignatureState.INVALID, sentence)
    digest = hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    return SignatureVerdict(SignatureState.VALID, signer=f"sha256:{digest.hexdigest()}")
