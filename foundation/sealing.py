"""Sealing: every person has a data key, wrapped by a master key. Destroying the data key erases all that it sealed.

AES-256-GCM throughout. A box is bound to its table, column and row: moved anywhere else it does not open.
"""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import unicodedata
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Dialect, LargeBinary
from sqlalchemy.orm import QueryableAttribute
from sqlalchemy.types import TypeDecorator

KEY_BYTES = 32
NONCE_BYTES = 12
FORMAT = b"\x01"
"""First byte of every box: the layout `format, nonce, ciphertext with tag`."""


class WrongKey(Exception):
    """A key does not open what it should, or is not a key at all. The text never holds key material."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed value. Opening it takes the person's key and the place it was sealed for."""

    box: bytes = field(repr=False)


class SealedColumn(TypeDecorator[Sealed]):
    """A column that holds only boxes: binding anything else is an error, so plain text cannot slip in."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Sealed | None, dialect: Dialect) -> bytes | None:
        if value is None:
            return None
        if not isinstance(value, Sealed):
            raise TypeError("only a sealed value may be stored here")
        return value.box

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Sealed | None:
        return None if value is None else Sealed(bytes(value))


@dataclass(frozen=True, slots=True)
class SubjectKey:
    """One person's data key, in the open. Lives as long as the transaction that needed it."""

    subject_id: UUID
    secret: bytes = field(repr=False)

    def seal(self, column: QueryableAttribute[Any], row_id: UUID, value: object) -> Sealed:
        """Seal a JSON value for one column of one row."""
        plain = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        return Sealed(_encrypt(self.secret, plain, self._place(column, row_id)))

    def open(self, column: QueryableAttribute[Any], row_id: UUID, sealed: Sealed) -> Any:
        """The JSON value that was sealed. Raises WrongKey if it was sealed elsewhere, by another, or was changed."""
        return json.loads(_decrypt(self.secret, sealed.box, self._place(column, row_id)))

    def _place(self, column: QueryableAttribute[Any], row_id: UUID) -> bytes:
        return f"{column.class_.__tablename__}.{column.key}|{row_id}|{self.subject_id}".encode()


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A data key under a master key, as it is stored."""

    master_id: str
    box: bytes = field(repr=False)


class KeyRing:
    """The master keys. The first wraps new keys; all of them unwrap, so that they can be rotated without downtime."""

    def __init__(self, masters: dict[str, bytes]) -> None:
        self._masters = masters
        self.current_id = next(iter(masters))
        self.fingerprint_secret: bytes | None = None

    def __repr__(self) -> str:
        return f"KeyRing({', '.join(self._masters)})"

    @classmethod
    def parse(cls, text: str) -> "KeyRing":
        """Read `id:base64,id:base64`. Raises WrongKey that names the faulty entry by its position."""
        masters: dict[str, bytes] = {}
        for position, entry in enumerate(text.split(","), start=1):
            name, separator, encoded = entry.strip().partition(":")
            try:
                secret = base64.b64decode(encoded, validate=True)
            except binascii.Error:
                secret = b""
            if not (name and separator and len(secret) == KEY_BYTES):
                raise WrongKey(f"entry {position} is not of the form id:base64 with 32 bytes.")
            if name in masters:
                raise WrongKey(f"entry {position} repeats an id.")
            masters[name] = secret
        return cls(masters)

    @staticmethod
    def new_master(name: str) -> str:
        return f"{name}:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}"

    def wrap(self, owner: str, secret: bytes) -> WrappedKey:
        return WrappedKey(self.current_id, _encrypt(self._masters[self.current_id], secret, owner.encode()))

    def unwrap(self, owner: str, wrapped: WrappedKey) -> bytes:
        master = self._masters.get(wrapped.master_id)
        if master is None:
            raise WrongKey(
                f"this database was sealed with the master key '{wrapped.master_id}', which is not configured."
            )
        return _decrypt(master, wrapped.box, owner.encode())


def new_secret() -> bytes:
    return secrets.token_bytes(KEY_BYTES)


def keyed_fingerprint(secret: bytes, purpose: str, text: str) -> str:
    """HMAC-SHA256 of a normalised text, for look-up by equality. Never for values that can be guessed by trying all."""
    normal = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    return hmac.new(secret, f"{purpose}|{normal}".encode(), hashlib.sha256).hexdigest()


def _encrypt(secret: bytes, plain: bytes, place: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return FORMAT + nonce + AESGCM(secret).encrypt(nonce, plain, place)


def _decrypt(secret: bytes, box: bytes, place: bytes) -> bytes:
    if box[:1] != FORMAT:
        raise WrongKey("this value is not a box of a known format.")
    nonce = box[1 : 1 + NONCE_BYTES]
    try:
        return AESGCM(secret).decrypt(nonce, box[1 + NONCE_BYTES :], place)
    except InvalidTag:
        raise WrongKey("the key does not open this value.") from None
