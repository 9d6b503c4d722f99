"""Signatures of releases with Ed25519, and the check of a release by its files alone.

The manifest names the SHA-256 of every file; the signature is over the manifest's bytes. Whoever has the public key
from somewhere they trust needs nothing else.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Iterator, Mapping
from uuid import uuid4

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from foundation import clock
from foundation.keys import open_house
from monitoring.models import SigningKey

MANIFEST, SIGNATURE, PUBLIC_KEY = "manifest.json", "manifest.sig", "public_key.pem"
PEM_END = "-----END PUBLIC KEY-----"
UNLISTED = frozenset([MANIFEST, SIGNATURE, PUBLIC_KEY])
"""What the manifest cannot name: itself, and what is made over it."""


async def signing_keys(session: AsyncSession) -> list[SigningKey]:
    """The newest first: it signs."""
    return list(await session.scalars(select(SigningKey).order_by(SigningKey.made_at.desc(), SigningKey.id)))


async def new_signing_key(session: AsyncSession) -> SigningKey:
    """From now on this one signs. What older ones signed stays signed by them."""
    private, key_id = Ed25519PrivateKey.generate(), uuid4()
    house = await open_house(session)
    made = SigningKey(
        id=key_id,
        public=private.public_key().public_bytes_raw(),
        private=house.seal(SigningKey.private, key_id, private.private_bytes_raw().hex()),
        made_at=clock.now(),
    )
    session.add(made)
    await session.flush()
    return made


async def sign(session: AsyncSession, content: bytes) -> tuple[bytes, bytes]:
    """The signature, in base64, and the public key it verifies by, as PEM. Makes the first key if there is none."""
    keys = await signing_keys(session)
    key = keys[0] if keys else await new_signing_key(session)
    house = await open_house(session)
    private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(house.open(SigningKey.private, key.id, key.private)))
    return _written(private.sign(content)), as_pem(key.public)


def as_pem(public: bytes) -> bytes:
    return Ed25519PublicKey.from_public_bytes(public).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def fingerprint_of(public: bytes) -> str:
    """SHA-256 of the raw key in groups, to be read aloud and compared."""
    digits = hashlib.sha256(public).hexdigest()[:32]
    return " ".join(digits[place : place + 4] for place in range(0, len(digits), 4))


def read_public_key(pem: bytes) -> bytes:
    """The raw key. Raises ValueError for anything that is no Ed25519 key in PEM."""
    key = load_pem_public_key(pem)
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("not an Ed25519 key")  # noqa: TRY004  # it is a value of the wrong kind, not of the wrong type
    return key.public_bytes_raw()


def is_signed(content: bytes, signature: bytes, public: bytes) -> bool:
    """Whether this is the signature exactly as it was written: base64 of 64 bytes, and the end of a line."""
    try:
        plain = base64.b64decode(signature.removesuffix(b"\n"), validate=True)
        Ed25519PublicKey.from_public_bytes(public).verify(plain, content)
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return signature == _written(plain)


def _written(signature: bytes) -> bytes:
    return base64.b64encode(signature) + b"\n"


def faults(files: Mapping[str, bytes], public: bytes) -> Iterator[str]:
    """Everything that is not as it was published, in words; nothing: the release is whole and signed by this key.

    `files` are all of one folder; `public` is the raw key, from somewhere that is trusted.
    """
    if MANIFEST not in files:
        yield f"{MANIFEST} is missing: nothing can be checked."
        return
    if SIGNATURE not in files:
        yield f"{SIGNATURE} is missing: nobody vouches for this release."
    elif not is_signed(files[MANIFEST], files[SIGNATURE], public):
        yield f"{SIGNATURE} does not fit: {MANIFEST} was changed, or another key signed it."
    try:
        listed = {str(name): str(each["sha256"]) for name, each in json.loads(files[MANIFEST])["files"].items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        yield f"{MANIFEST} cannot be read."
        return
    for name in sorted({*listed, PUBLIC_KEY} - files.keys()):
        yield f"{name} is missing."
    for name in sorted(files.keys() - listed.keys() - UNLISTED):
        yield f"{name} was added: the manifest does not name it."
    for name in sorted(listed.keys() & files.keys()):
        if hashlib.sha256(files[name]).hexdigest() != listed[name]:
            yield f"{name} was changed."
    if PUBLIC_KEY in files and not _is_key(files[PUBLIC_KEY], public):
        yield f"{PUBLIC_KEY} is not the key that was given."


def _is_key(pem: bytes, public: bytes) -> bool:
    try:
        return pem == as_pem(public) and read_public_key(pem) == public
    except ValueError:
        return False
