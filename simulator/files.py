"""Files on their way, kept in memory by file_id."""

import secrets
from dataclasses import dataclass

from simulator.errors import ApiError, bad_request

MAX_DOWNLOAD = 20 * 1024 * 1024
MAX_UPLOAD = 50 * 1024 * 1024
MAX_PHOTO = 10 * 1024 * 1024
_FOLDERS = {"photo": "photos", "voice": "voice", "audio": "music", "document": "documents", "sticker": "stickers"}


@dataclass(frozen=True)
class StoredFile:
    kind: str
    file_id: str
    file_unique_id: str
    path: str
    name: str
    mime_type: str
    content: bytes

    def describe(self) -> dict[str, str | int]:
        """Return the fields that every file object of the Bot API starts with."""
        return {"file_id": self.file_id, "file_unique_id": self.file_unique_id, "file_size": len(self.content)}


class Files:
    """Holds up to `capacity` bytes; the oldest files go first, as links to real files expire too."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._files: dict[str, StoredFile] = {}
        self._size = 0
        self._number = 0

    def add(self, kind: str, name: str, mime_type: str, content: bytes) -> StoredFile:
        self._number += 1
        ending = name.rpartition(".")[2] if "." in name else "bin"
        safe_ending = ending if ending.isascii() and ending.isalnum() else "bin"
        stored = StoredFile(
            kind=kind,
            file_id=f"AgAC{secrets.token_urlsafe(36)}",
            file_unique_id=f"AQAD{secrets.token_urlsafe(9)}",
            path=f"{_FOLDERS[kind]}/file_{self._number}.{safe_ending}",
            name=name,
            mime_type=mime_type,
            content=content,
        )
        self._files[stored.file_id] = stored
        self._size += len(content)
        self._shed()
        return stored

    def find(self, file_id: str) -> StoredFile:
        if stored := self._files.get(file_id):
            return stored
        raise bad_request("wrong file identifier/HTTP URL specified")

    def find_as(self, kind: str, file_id: str) -> StoredFile:
        """Find a file to send again: only as what it was sent the first time."""
        stored = self.find(file_id)
        if stored.kind != kind:
            raise bad_request(f"can't use file of type {stored.kind.title()} as {kind.title()}")
        return stored

    def find_path(self, path: str) -> StoredFile:
        for stored in self._files.values():
            if stored.path == path:
                return stored
        raise ApiError(404, "Not Found")

    def _shed(self) -> None:
        while self._size > self._capacity and len(self._files) > 1:
            oldest = self._files.pop(next(iter(self._files)))
            self._size -= len(oldest.content)
