"""Signatures are read by a verifier of their own, which first reads the RFC's example."""

import re
from base64 import b64decode
from collections.abc import Mapping
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import SMTP
from hashlib import sha256

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_public_key,
)
from hypothesis import given
from hypothesis.strategies import lists, sampled_from

from common.subjects import Priority
from notification.mail.dkim import DkimKey, dkim_key, relaxed_body, relaxed_header, signed
from notification.mail.letter import letter
from notification.mail.octets import Mail
from notification.ports import Recipient, Text, Window

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANNA = Recipient("r1", "p1", "anna@desa.example")
RSA = DkimKey("desa.example", "rsa", generate_private_key(65537, 2048))
ED25519 = DkimKey("desa.example", "ed", Ed25519PrivateKey.generate())
RECORDS = {RSA.name: RSA.record, ED25519.name: ED25519.record}

# RFC 8463, appendix A: the records of A.2 and the message of A.3.
RFC_8463_RECORDS = {
    "brisbane._domainkey.football.example.com": (
        "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
    ),
    "test._domainkey.football.example.com": (
        "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWR"
        "iGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutAC"
        "DfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3"
        "Ip3G+2kryOTIKT+l/K4w3QIDAQAB"
    ),
}
RFC_8463_MESSAGE = b"\r\n".join(
    [
        b"DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;",
        b" d=football.example.com; i=@football.example.com;",
        b" q=dns/txt; s=brisbane; t=1528637909; h=from : to :",
        b" subject : date : message-id : from : subject : date;",
        b" bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;",
        b" b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus",
        b" Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==",
        b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;",
        b" d=football.example.com; i=@football.example.com;",
        b" q=dns/txt; s=test; t=1528637909; h=from : to : subject :",
        b" date : message-id : from : subject : date;",
        b" bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;",
        b" b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3",
        b" DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz",
        b" dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=",
        b"From: Joe SixPack <joe@football.example.com>",
        b"To: Suzie Q <suzie@shopping.example.net>",
        b"Subject: Is dinner ready?",
        b"Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)",
        b"Message-ID: <20030712040037.46341.5F8J@football.example.com>",
        b"",
        b"Hi.",
        b"",
        b"We lost the game.  Are you hungry yet?",
        b"",
        b"Joe.",
        b"",
        b"",
    ]
)


def verified(message: bytes, records: Mapping[str, str]) -> list[str]:
    """Verify each signature step by step as RFC 6376 §3.7 says; return their algorithms."""
    block, _, body = message.partition(b"\r\n\r\n")
    headers: list[tuple[str, str]] = []
    for line in block.decode().split("\r\n"):
        if line[0] in " \t":
            headers[-1] = (headers[-1][0], headers[-1][1] + " " + line)
        else:
            name, _, value = line.partition(":")
            headers.append((name.lower().strip(), value))
    return [
        algorithm(value, headers, body, records)
        for name, value in headers
        if name == "dkim-signature"
    ]


def algorithm(
    value: str, headers: list[tuple[str, str]], body: bytes, records: Mapping[str, str]
) -> str:
    tags = dict(tag.split("=", 1) for tag in re.sub(r"\s", "", value).split(";") if tag)
    assert tags["c"] == "relaxed/relaxed"
    lines = [
        " ".join(re.split(r"[ \t]+", line)).rstrip(" ") for line in body.decode().split("\r\n")
    ]
    while lines and not lines[-1]:
        lines.pop()
    plain = "".join(f"{line}\r\n" for line in lines).encode()
    assert b64decode(tags["bh"]) == sha256(plain).digest()
    left, hashed = list(headers), ""
    for name in tags["h"].split(":"):
        at = next((at for at in reversed(range(len(left))) if left[at][0] == name.lower()), None)
        if at is not None:
            hashed += f"{name.lower()}:{' '.join(left.pop(at)[1].split())}\r\n"
    blanked = re.sub(r"(;\s*b=)[^;]*", r"\1", value)
    hashed += f"dkim-signature:{' '.join(blanked.split())}"
    record = records[f"{tags['s']}._domainkey.{tags['d']}"]
    verify(record, b64decode(tags["b"]), hashed.encode())
    return tags["a"]


def verify(record: str, signature: bytes, octets: bytes) -> None:
    tags = dict(tag.strip().split("=", 1) for tag in record.split(";"))
    public = b64decode(tags["p"])
    if tags["k"] == "ed25519":
        Ed25519PublicKey.from_public_bytes(public).verify(signature, sha256(octets).digest())
    else:
        key = load_der_public_key(public)
        assert isinstance(key, RSAPublicKey)
        key.verify(signature, octets, padding.PKCS1v15(), SHA256())


def mail(*keys: DkimKey, body: str = "Go  up \n\n.\n \n", url: str = "") -> bytes:
    said = Text("id-ID", "Tsunami " * 30, body, f"<p>{body}</p>")
    window = Window("a1", "b1", "a0", "Actual", Priority.IMMEDIATE, said, (ANNA,), NOW)
    shared = letter(window, "Desa <alerts@desa.example>", "desa.example", NOW)
    head = shared.head(ANNA, ANNA.address, url)
    return signed(keys, head, shared.shared, NOW) + shared.shared


def test_the_verifier_reads_the_example_of_rfc_8463() -> None:
    assert verified(RFC_8463_MESSAGE, RFC_8463_RECORDS) == ["ed25519-sha256", "rsa-sha256"]


@pytest.mark.parametrize("key", [RSA, ED25519], ids=["rsa", "ed25519"])
@pytest.mark.parametrize("body", ["", "\n\n", "Go up.", "Go  up \n\n.\n \n", "é\u2028"])
def test_a_signature_is_verified(key: DkimKey, body: str) -> None:
    assert verified(mail(key, body=body), RECORDS) == [f"{key.algorithm}-sha256"]


def test_both_algorithms_sign_one_mail() -> None:
    assert verified(mail(RSA, ED25519), RECORDS) == ["rsa-sha256", "ed25519-sha256"]


def test_without_a_key_a_mail_stays_as_it_is() -> None:
    assert mail().startswith(b"Date: ")


def test_what_a_server_reads_is_what_was_signed() -> None:
    rest = b"From: alerts@desa.example\nSubject: Flood\n\n.\nGo up. \r\rNow\n\n"
    head = signed([ED25519], b"To: anna@desa.example\r\n", rest, NOW)
    content = Mail("alerts@desa.example", "anna@desa.example", head, rest).content
    received = content.removesuffix(b".\r\n").replace(b"\r\n.", b"\r\n")
    assert verified(received, RECORDS) == ["ed25519-sha256"]


@pytest.mark.parametrize(
    ("signed_octets", "changed"),
    [
        (b"anna@desa.example", b"budi@desa.example"),
        (b"https://desa.example", b"https://hutan.example"),
        (b"One-Click", b"Two-Click"),
        (b"Desa <alerts", b"Kota <alerts"),
        (b"Kentongan-Alert: a1", b"Kentongan-Alert: a2"),
        (b"Sun, 01 Mar", b"Mon, 02 Mar"),
        (b"t=1772366400", b"t=1772366401"),
        (b"\r\nFrom:", b"\r\nFrom: Kota <kota@kota.example>\r\nFrom:"),
        (b"\r\nFrom:", b"\r\nReply-To: kota@kota.example\r\nFrom:"),
        (b"\r\nSubject:", b"\r\nSubject: All clear\r\nSubject:"),
    ],
)
def test_a_change_of_what_is_signed_is_found(signed_octets: bytes, changed: bytes) -> None:
    whole = mail(ED25519, url="https://desa.example/stop")
    assert whole.count(signed_octets) == 1
    assert verified(whole, RECORDS)
    with pytest.raises(InvalidSignature):
        verified(whole.replace(signed_octets, changed), RECORDS)


def test_a_change_of_the_text_is_found() -> None:
    with pytest.raises(AssertionError):
        verified(mail(ED25519).replace(b"Go  up", b"Go down", 1), RECORDS)


def test_servers_may_fold_lines_and_trim_blanks() -> None:
    whole = mail(RSA, url="https://desa.example/stop")
    folded = whole.replace(b"List-Unsubscribe:\r\n <", b"List-Unsubscribe:  <").replace(
        b"To: anna@", b"TO :\t anna@"
    )
    assert folded != whole
    assert verified(folded, RECORDS)


def test_the_headers_of_unsubscribing_are_signed() -> None:
    signature, _, _ = mail(ED25519, url="https://desa.example/stop").partition(b"; bh=")
    assert b"list-unsubscribe-post:" in signature
    assert signature.count(b"list-unsubscribe:") + signature.count(b"list-unsubscribe;") == 2


def test_no_line_of_a_signature_is_long() -> None:
    lines = mail(RSA, ED25519, url="https://desa.example/stop").split(b"\r\n")
    signature = lines[: next(at for at, line in enumerate(lines) if line.startswith(b"To:"))]
    assert max(map(len, signature)) <= 78


def test_a_mail_with_a_signature_is_still_a_mail() -> None:
    read = message_from_bytes(mail(RSA), policy=SMTP)
    assert read["To"] == "anna@desa.example"
    assert read["DKIM-Signature"].startswith("v=1; a=rsa-sha256;")


@given(lists(sampled_from([b" ", b"\t", b"\r\n", b"a", b"b"])))
def test_canonical_is_canonical_again(pieces: list[bytes]) -> None:
    body = b"".join(pieces)
    assert relaxed_body(relaxed_body(body)) == relaxed_body(body)


@pytest.mark.parametrize(
    ("body", "canonical"),
    [
        (b"", b""),
        (b"\r\n\r\n", b""),
        (b" \r\n", b""),
        (b" C \r\nD \t E\r\n\r\n\r\n", b" C\r\nD E\r\n"),
        (b"no end", b"no end\r\n"),
    ],
)
def test_bodies_of_the_rfc_are_made_canonical(body: bytes, canonical: bytes) -> None:
    assert relaxed_body(body) == canonical


def test_headers_of_the_rfc_are_made_canonical() -> None:
    assert relaxed_header(b"A: X") == ("a", b"a:X")
    assert relaxed_header(b"B : Y\t\r\n\tZ  ") == ("b", b"b:Y Z")


def pem(key: object, secret: bytes = b"") -> bytes:
    shut = BestAvailableEncryption(secret) if secret else NoEncryption()
    octets: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, shut)  # type: ignore[attr-defined]  # any key
    return octets


@pytest.mark.parametrize("key", [RSA.key, ED25519.key], ids=["rsa", "ed25519"])
def test_a_key_is_read_from_its_file(key: object) -> None:
    read = dkim_key(pem(key), "desa.example", "s2026")
    assert read.record in RECORDS.values()


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
        pem(generate_private_key(65537, 1024)),  # noqa: S505 - the weak one
        pem(ec.generate_private_key(ec.SECP256R1())),
        pem(ED25519.key, b"secret"),
    ],
    ids=["nothing", "empty", "weak", "another curve", "locked"],
)
def test_what_is_no_key_or_a_weak_one_is_refused(octets: bytes) -> None:
    with pytest.raises(ValueError, match="a DKIM key is"):
        dkim_key(octets, "desa.example", "s2026")


@pytest.mark.parametrize("name", ["", "a;b", "desa.example\r\n", "-", "a b"])
def test_a_name_cannot_write_tags(name: str) -> None:
    with pytest.raises(ValueError, match="is no name"):
        dkim_key(pem(ED25519.key), name, "s2026")
    with pytest.raises(ValueError, match="is no name"):
        dkim_key(pem(ED25519.key), "desa.example", name)
