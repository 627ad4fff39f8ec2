"""Message encryption for Web Push (RFC 8291) in the content coding aes128gcm (RFC 8188)."""

from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

RECORD_SIZE = 4096
SALT_OCTETS = 16
TAG_OCTETS = 16
HEAD_OCTETS = SALT_OCTETS + 4 + 1 + 65
LONGEST_PLAINTEXT = 4096 - HEAD_OCTETS - TAG_OCTETS - 1
LAST_RECORD = b"\x02"
CURVE = SECP256R1()
SHA256 = hashes.SHA256()
EXCHANGE = ECDH()


@dataclass(frozen=True, slots=True)
class UserAgentKeys:
    """What a browser gave with its subscription: its P-256 point and its secret of 16 octets."""

    point: bytes
    auth_secret: bytes

    @property
    def public_key(self) -> EllipticCurvePublicKey:
        """Return the point as a key; raise ValueError if it is none of the curve."""
        return EllipticCurvePublicKey.from_encoded_point(CURVE, self.point)


def encrypt(
    plaintext: bytes, keys: UserAgentKeys, sender: EllipticCurvePrivateKey, salt: bytes
) -> bytes:
    """Encrypt one push message in one record; `sender` and `salt` serve this message only.

    Raise ValueError if the plaintext is longer than push services must take (RFC 8291 §4).
    """
    if len(plaintext) > LONGEST_PLAINTEXT:
        raise ValueError(f"{len(plaintext)} octets are more than {LONGEST_PLAINTEXT}")
    sender_point = point_of(sender.public_key())
    secret = sender.exchange(EXCHANGE, keys.public_key)
    content_key, nonce = content_keys(keying_material(secret, keys, sender_point), salt)
    record = AESGCM(content_key).encrypt(nonce, plaintext + LAST_RECORD, None)
    return head(salt, sender_point) + record


def keying_material(secret: bytes, keys: UserAgentKeys, sender_point: bytes) -> bytes:
    """Join the shared secret with the secret of the subscription (RFC 8291 §3.3 and §3.4)."""
    info = b"WebPush: info\0" + keys.point + sender_point
    return HKDF(SHA256, 32, keys.auth_secret, info).derive(secret)


def content_keys(keying: bytes, salt: bytes) -> tuple[bytes, bytes]:
    """Derive content encryption key and nonce of the first record (RFC 8188 §2.2 and §2.3)."""
    secret = HKDF.extract(SHA256, salt, keying)
    content_key = HKDFExpand(SHA256, 16, b"Content-Encoding: aes128gcm\0").derive(secret)
    nonce = HKDFExpand(SHA256, 12, b"Content-Encoding: nonce\0").derive(secret)
    return content_key, nonce


def head(salt: bytes, key_id: bytes, record_size: int = RECORD_SIZE) -> bytes:
    """Write the header of the content coding (RFC 8188 §2.1)."""
    return salt + record_size.to_bytes(4, "big") + bytes((len(key_id),)) + key_id


def point_of(key: EllipticCurvePublicKey) -> bytes:
    """Write a public key as the uncompressed point of X9.62."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
