"""Fills a SQLite database with the rows that many chats leave behind: copies of one real chat, each with own ids."""

import secrets
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from bot.chats import CHAT
from bot.models import Chat
from cases.models import Submission
from foundation.sealing import KeyRing, SubjectKey, keyed_fingerprint, new_secret

UPDATES_EACH = 5
"""Updates seen, messages sent and audit entries written, for each chat."""

_ONE_EACH = ("subject_key", "person", "case_file", "submission", "consent", "chat")
_SEVERAL_EACH = ("outbox", "audit_entry", "seen_update")
_BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Openable:
    """What makes the copies real chats: their addresses count up from `first_address`, with a form that holds these."""

    keys: KeyRing
    first_address: int
    answers: dict[str, Any]
    given: dict[str, Any]


def crowd(path: Path, chats: int, openable: Openable | None = None) -> None:
    """Add `chats` chats with their cases, as written by the program up to a question of the first form.

    Without `openable` nobody can write from them: they only fill the tables.
    """
    with sqlite3.connect(path) as connection:
        connection.row_factory = sqlite3.Row
        originals = {table: _original(connection, table) for table in (*_ONE_EACH, *_SEVERAL_EACH)}
        first_link = connection.execute("SELECT coalesce(max(link), 0) FROM audit_entry").fetchone()[0]
        for start in range(0, chats, _BATCH):
            numbers = range(start, min(start + _BATCH, chats))
            _copy(connection, originals, numbers, first_link, openable)
    connection.close()


def _original(connection: sqlite3.Connection, table: str) -> dict[str, object]:
    # A chat in the middle of a form has every row there is.
    where = "WHERE submission_id IS NOT NULL" if table == "chat" else ""
    return dict(connection.execute(f"SELECT * FROM {table} {where} LIMIT 1").fetchone())  # noqa: S608  # fixed names


def _copy(
    connection: sqlite3.Connection,
    originals: dict[str, dict[str, object]],
    numbers: range,
    link: int,
    openable: Openable | None,
) -> None:
    rows: dict[str, list[dict[str, object]]] = {table: [] for table in originals}
    for number in numbers:
        owned = {name: uuid4() for name in ("person", "case", "submission")}
        ids = {name: each.hex for name, each in owned.items()}
        sealed = _own_boxes(openable, number, owned) if openable else {}
        for table in _ONE_EACH:
            rows[table].append(originals[table] | _own_ids(table, ids) | sealed.get(table, {}))
        for each in range(number * UPDATES_EACH, (number + 1) * UPDATES_EACH):
            for table in _SEVERAL_EACH:
                rows[table].append(originals[table] | _own_place(table, each, ids, link))
    for table, copies in rows.items():
        names = list(originals[table])
        places = ", ".join(f":{name}" for name in names)
        connection.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})", copies)  # noqa: S608


def _own_boxes(openable: Openable, number: int, ids: Mapping[str, Any]) -> dict[str, dict[str, object]]:
    """A key of their own, and under it the address and the answers: what a turn opens."""
    person, address, keys = ids["person"], openable.first_address + number, openable.keys
    key = SubjectKey(person, new_secret())
    wrapped = keys.wrap(str(person), key.secret)
    if keys.fingerprint_secret is None:
        raise LookupError("the database has not been used yet")
    return {
        "subject_key": {"master_id": wrapped.master_id, "box": wrapped.box},
        "chat": {
            "address": key.seal(Chat.address, person, address).box,
            "fingerprint": keyed_fingerprint(keys.fingerprint_secret, CHAT, str(address)),
        },
        "submission": {
            "answers": key.seal(Submission.answers, ids["submission"], openable.answers).box,
            "given": key.seal(Submission.given, ids["submission"], openable.given).box,
        },
    }


def _own_ids(table: str, ids: dict[str, str]) -> dict[str, object]:
    person, case, submission = ids["person"], ids["case"], ids["submission"]
    match table:
        case "subject_key":
            return {"subject_id": person}
        case "person":
            return {"id": person}
        case "case_file":
            return {"id": case, "number": secrets.token_hex(8), "person_id": person}
        case "submission":
            return {"id": submission, "case_id": case}
        case "consent":
            return {"id": uuid4().hex, "person_id": person}
        case _:
            return {
                "subject_id": person,
                "fingerprint": secrets.token_hex(32),
                "case_id": case,
                "submission_id": submission,
            }


def _own_place(table: str, number: int, ids: dict[str, str], link: int) -> dict[str, object]:
    match table:
        case "outbox":
            owner = {"lane": ids["person"], "subject_id": ids["person"]}
            return {"position": None, "id": uuid4().hex, "state": "done", "body": None, "dedupe_key": None, **owner}
        case "audit_entry":
            chained = {"link": link + 1 + number, "chain_hash": secrets.token_hex(32)}
            return {"id": None, "subject_id": ids["case"], **chained}
        case _:
            return {"update_id": 10**9 + number}
