"""What sealing promises: a box opens for its owner, in its place, unchanged, and nowhere else."""

import base64
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import QueryableAttribute

from foundation.audit import AuditEntry
from foundation.database import Database
from foundation.keys import create_subject
from foundation.outbox import OutboxRow, enqueue
from foundation.sealing import KeyRing, Sealed, SealedColumn, SubjectKey, WrongKey, keyed_fingerprint, new_secret

ROW = UUID(int=7)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
GOOD = base64.b64encode(b"k" * 32).decode()


def new_key() -> SubjectKey:
    return SubjectKey(uuid4(), new_secret())


@given(JSON_VALUES)
@settings(max_examples=60, deadline=None)
def test_what_is_sealed_opens_as_it_was(value: object) -> None:
    key = new_key()
    assert key.open(OutboxRow.body, ROW, key.seal(OutboxRow.body, ROW, value)) == value


@pytest.mark.parametrize(
    ("column", "row"),
    [(OutboxRow.body, UUID(int=9)), (OutboxRow.payload, ROW), (AuditEntry.facts, ROW)],
    ids=["another row", "another column", "another table"],
)
def test_a_box_that_was_moved_does_not_open(column: QueryableAttribute[object], row: UUID) -> None:
    key = new_key()
    box = key.seal(OutboxRow.body, ROW, "for one place")
    with pytest.raises(WrongKey):
        key.open(column, row, box)


def test_a_box_of_one_person_does_not_open_for_another() -> None:
    key = new_key()
    box = key.seal(OutboxRow.body, ROW, "for one person")
    for other in (new_key(), SubjectKey(key.subject_id, new_secret()), SubjectKey(uuid4(), key.secret)):
        with pytest.raises(WrongKey):
            other.open(OutboxRow.body, ROW, box)


def test_a_box_changed_in_any_byte_or_cut_short_does_not_open() -> None:
    key = new_key()
    box = key.seal(OutboxRow.body, ROW, "x").box
    changed = [box[:at] + bytes([box[at] ^ 1]) + box[at + 1 :] for at in range(len(box))]
    for faulty in (*changed, box[:-1], box[:13], b""):
        with pytest.raises(WrongKey):
            key.open(OutboxRow.body, ROW, Sealed(faulty))


def test_the_same_value_never_looks_the_same_twice() -> None:
    key = new_key()
    boxes = {key.seal(OutboxRow.body, ROW, "yes").box for _each in range(50)}
    assert len({box[1:13] for box in boxes}) == 50


def test_nothing_secret_shows_when_printed() -> None:
    key = new_key()
    ring = KeyRing.parse(f"one:{GOOD}")
    box = key.seal(OutboxRow.body, ROW, "hidden words")
    printed = f"{key!r} {box!r} {ring!r} {ring.wrap('owner', key.secret)!r} {[key, box]}"
    for secret in (repr(key.secret), repr(box.box), "hidden words", GOOD, repr(b"k" * 32)):
        assert secret not in printed


@pytest.mark.parametrize("plain", ["plain words", b"plain bytes", {"text": "plain"}, 1])
def test_a_sealed_column_takes_nothing_but_boxes(plain: object) -> None:
    with pytest.raises(TypeError, match="only a sealed value"):
        SealedColumn().process_bind_param(plain, sqlite.dialect())  # type: ignore[arg-type]


async def test_plain_text_does_not_reach_the_database(database: Database) -> None:
    async with database.reading() as session:
        row = enqueue(session, "test", key=create_subject(session, uuid4()), payload={}, body="sealed")
        row.body = "slipped in"  # type: ignore[assignment]
        with pytest.raises(StatementError, match="only a sealed value") as refusal:
            await session.flush()
    assert "slipped in" not in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "entry 1 is not of the form"),
        ("no-colon", "entry 1 is not of the form"),
        (f":{GOOD}", "entry 1 is not of the form"),
        ("one:short", "entry 1 is not of the form"),
        (f"one:{GOOD},two:{GOOD[:-8]}", "entry 2 is not of the form"),
        (f"one:{GOOD},two:{GOOD},", "entry 3 is not of the form"),
        (f"one:{GOOD},two:{GOOD},one:{GOOD}", "entry 3 repeats an id"),
    ],
)
def test_a_faulty_list_of_master_keys_is_refused_by_position_and_without_the_key(text: str, said: str) -> None:
    with pytest.raises(WrongKey, match=said) as refusal:
        KeyRing.parse(text)
    assert GOOD[:-8] not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_the_first_master_key_wraps_and_all_of_them_unwrap() -> None:
    old, new = KeyRing.new_master("old"), KeyRing.new_master("new")
    wrapped = KeyRing.parse(old).wrap("owner", b"secret")
    both = KeyRing.parse(f"{new}, {old}")
    assert both.unwrap("owner", wrapped) == b"secret"
    assert both.wrap("owner", b"secret").master_id == "new"
    with pytest.raises(WrongKey, match="master key 'old', which is not configured"):
        KeyRing.parse(new).unwrap("owner", wrapped)
    with pytest.raises(WrongKey):
        both.unwrap("another owner", wrapped)


@pytest.mark.parametrize(("one", "other"), [("Fatou", " fatou "), ("Awa  Jallow", "AWA JALLOW"), ("Ａmie", "amie")])
def test_a_fingerprint_knows_the_same_name_in_other_spellings(one: str, other: str) -> None:
    secret = new_secret()
    assert keyed_fingerprint(secret, "name", one) == keyed_fingerprint(secret, "name", other)


def test_a_fingerprint_depends_on_key_purpose_and_name() -> None:
    secret = new_secret()
    asked = [(secret, "name", "a"), (secret, "chat", "a"), (secret, "name", "b"), (new_secret(), "name", "a")]
    assert len({keyed_fingerprint(*each) for each in asked}) == len(asked)
