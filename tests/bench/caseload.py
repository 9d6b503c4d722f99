"""Fills a database with the cases of an organisation at work: many quiet ones, some that want something.

Rows are inserted in bulk, each person with a key and a sealed name of their own, so that pages open what they show.
One case, the last, is told through the program's own verbs: it has forms, needs, flags and a conversation.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import PERSON
from access.models import Organisation, OrganisationKind, StaffMember
from access.rules import Role
from access.sessions import begin_session
from cases.console_models import PersonPrint, PrintKind
from cases.fingerprints import EDITION, NAME
from cases.intake import begin_form, open_case, submit_form
from cases.messages import receive_from_person
from cases.models import Case, CaseMessage, Flag, FollowUp, Need, Person, Submission, Task
from cases.name_sounds import parts_of, sounds_of
from cases.rules import (
    CaseStatus,
    Direction,
    FlagKind,
    FlagOutcome,
    FollowUpState,
    NeedKind,
    NeedStatus,
    Phase,
    SubmissionState,
    TaskKind,
    Urgency,
)
from cases.sheets import ARRIVAL, NEEDS, built_in_sheets
from foundation import clock
from foundation.audit import AuditEntry
from foundation.database import Base, Database
from foundation.keys import StoredSubjectKey, create_subject, fingerprint
from foundation.sealing import KeyRing, SubjectKey, WrappedKey, keyed_fingerprint, new_secret

TEAMS = {"GM": 0.40, "TN": 0.30, "ET": 0.20, "BD": 0.09, "small": 0.01}
CASELOAD = 1_000
"""Cases of one caseworker."""
_BATCH = 5_000
_GIVEN = ("Mohammed", "Fatou", "Ahmed", "Amie", "Yusuf", "Mariam", "محمد", "فاطمة", "መሐመድ", "মোহাম্মদ", "Binta", "Lamin")
_FAMILY = ("Jallow", "Ceesay", "Touray", "Diallo", "الحسن", "Tesfaye", "রহমান", "Sowe", "Camara", "Bah", "Trabelsi")
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"

Rows = dict[type[Base], list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Caseload:
    """What a run needs to know: cookies by who looks, and a case that has everything."""

    tokens: Mapping[str, str]
    number: str


async def fill(database: Database, cases: int) -> Caseload:
    draw = Random(1)  # the same cases every time
    async with database.transaction() as session:
        staff = await _hire(session, cases)
        operator = await _operator(session)
        await fingerprint(session, NAME, "the key exists from now on")
    for first in range(0, cases, _BATCH):
        rows: Rows = {}
        for number in range(first, min(first + _BATCH, cases)):
            _add_case(rows, draw, database.keys, operator, staff, number)
        async with database.transaction() as session:
            for table, content in rows.items():
                await session.execute(insert(table), content)
    async with database.transaction() as session:
        number = await _tell(session)
        viewers = {
            "caseworker": staff["GM"][0],
            "caseworker of a small team": staff["small"][0],
            "supervisor": await _viewer(session, operator, Role.SUPERVISOR),
            "protection officer": await _viewer(session, operator, Role.PROTECTION_OFFICER),
        }
        tokens = {
            name: begin_session(session, await session.get_one(StaffMember, staff_id), "bench")
            for name, staff_id in viewers.items()
        }
    await _analyse(database)
    return Caseload(tokens, number)


async def _operator(session: AsyncSession) -> UUID:
    found = select(Organisation.id).where(Organisation.kind == OrganisationKind.OPERATOR).order_by(Organisation.id)
    return (await session.scalars(found.limit(1))).one()


async def _hire(session: AsyncSession, cases: int) -> dict[str, list[UUID]]:
    operator = await _operator(session)
    staff: dict[str, list[UUID]] = {}
    for team, share in TEAMS.items():
        members = max(2, round(cases * share / CASELOAD))
        staff[team] = [await _viewer(session, operator, Role.CASEWORKER, team) for _each in range(members)]
    await session.flush()
    return staff


async def _viewer(session: AsyncSession, operator: UUID, role: Role, team: str | None = None) -> UUID:
    staff_id = uuid4()
    session.add(
        StaffMember(
            id=staff_id,
            email=f"{staff_id.hex}@example.org",
            name=f"{role} {staff_id.hex[:6]}",
            role=role,
            organisation_id=operator,
            team=team,
            language="en",
            password_hash="",
            created_at=clock.now(),
        )
    )
    await session.flush()
    return staff_id


def _add_case(
    rows: Rows, draw: Random, keys: KeyRing, operator: UUID, staff: Mapping[str, list[UUID]], number: int
) -> None:
    now = clock.now()
    opened = now - timedelta(minutes=draw.randrange(2 * 525_600))
    person_id, case_id = uuid4(), uuid4()
    team = draw.choices(list(TEAMS), list(TEAMS.values()))[0]
    is_open = draw.random() < 0.6  # a share
    owner = None if is_open and draw.random() < 0.02 else draw.choice(staff[team])  # a share
    waits = is_open and draw.random() < 0.1  # a share
    since = now - timedelta(minutes=draw.randrange(60 * 24 * 20))
    _put(rows, StoredSubjectKey, **_person_key(keys, person_id, opened))
    key = _key_of(rows[StoredSubjectKey][-1], keys)
    _add_person(rows, draw, keys, key, opened)
    _put(
        rows,
        Case,
        id=case_id,
        number=_number(number),
        person_id=person_id,
        organisation_id=operator,
        team=team,
        owner_id=owner,
        phase=draw.choice([Phase.INTAKE, Phase.ASSESSMENT, Phase.REINTEGRATION]) if is_open else Phase.CLOSED,
        status=CaseStatus.OPEN if is_open else CaseStatus.CLOSED,
        country="GM" if team == "GM" else "TN",
        area=None,
        opened_at=opened,
        attention_at=since if waits else None,
        unanswered_at=since if waits and draw.random() < 0.3 else None,  # a share
        closed_at=None if is_open else now,
        erase_after=None if is_open else now + timedelta(days=365),
    )
    _add_work(rows, draw, case_id, owner, opened, is_open=is_open)
    _add_words(rows, draw, key, case_id, owner, opened)


def _add_person(rows: Rows, draw: Random, keys: KeyRing, key: SubjectKey, opened: datetime) -> None:
    called = f"{draw.choice(_GIVEN)} {draw.choice(_FAMILY)}"
    secret = keys.fingerprint_secret or b""
    _put(
        rows,
        Person,
        id=key.subject_id,
        language="en",
        called=key.seal(Person.called, key.subject_id, called),
        name_fingerprint=keyed_fingerprint(secret, NAME, called),
        created_at=opened,
    )
    texts = {(PrintKind.NAME, NAME, called)}
    for part in parts_of(called):
        texts.add((PrintKind.PART, "name.part", part))
        texts |= {(PrintKind.SOUND, "name.sound", sound) for sound in sounds_of(part)}
    for kind, purpose, text in texts:
        print_ = keyed_fingerprint(secret, purpose, text)
        _put(rows, PersonPrint, person_id=key.subject_id, kind=kind, fingerprint=print_, edition=EDITION)


def _add_work(rows: Rows, draw: Random, case_id: UUID, owner: UUID | None, opened: datetime, *, is_open: bool) -> None:
    now = clock.now()
    for kind in draw.sample(list(NeedKind), 2):
        status = NeedStatus.OPEN if is_open else NeedStatus.MET
        urgency = draw.choice(list(Urgency))
        common = {"id": uuid4(), "case_id": case_id, "raised_at": opened}
        _put(rows, Need, kind=kind, urgency=urgency, status=status, **common)
    if owner is not None and draw.random() < 0.3:  # a share
        is_settled = not is_open or draw.random() < 0.7  # a share
        _put(
            rows,
            Flag,
            id=uuid4(),
            case_id=case_id,
            kind=draw.choice(list(FlagKind)),
            rule="a.rule",
            raised_at=opened,
            settled_at=opened + timedelta(days=3) if is_settled else None,
            settled_by=owner if is_settled else None,
            outcome=FlagOutcome.RESOLVED if is_settled else None,
        )
    if owner is not None and draw.random() < 0.2:  # a share
        is_done = not is_open or draw.random() < 0.6  # a share
        due = now + timedelta(hours=draw.randrange(-24 * 20, 24 * 10))
        _put(
            rows,
            Task,
            id=uuid4(),
            case_id=case_id,
            kind=draw.choice([TaskKind.DISTRESS, TaskKind.UNREACHABLE, TaskKind.CALL_BACK]),
            reason="a reason",
            created_at=due - timedelta(days=1),
            due_at=due,
            done_at=due if is_done else None,
            done_by=owner if is_done else None,
        )
    for wave, days in (("day_14", 14), ("month_3", 91)):
        due_on = (opened + timedelta(days=days)).date()
        is_late = due_on < now.date()
        asked = FollowUpState.ASKED if is_open and draw.random() < 0.05 else FollowUpState.DONE
        state = asked if is_late else FollowUpState.PLANNED if is_open else FollowUpState.CLOSED
        common = {"id": uuid4(), "case_id": case_id, "attempts": 1, "next_at": None, "settled_at": None}
        _put(rows, FollowUp, wave=wave, due_on=due_on, state=state, **common)


def _add_words(rows: Rows, draw: Random, key: SubjectKey, case_id: UUID, owner: UUID | None, opened: datetime) -> None:
    submission_id = uuid4()
    is_half = draw.random() < 0.03  # a share
    _put(
        rows,
        Submission,
        id=submission_id,
        case_id=case_id,
        sheet_id=ARRIVAL,
        sheet_version=built_in_sheets()[ARRIVAL].version,
        answers=key.seal(Submission.answers, submission_id, {"maybe_child": "no"}),
        given=key.seal(Submission.given, submission_id, {}),
        state=SubmissionState.IN_PROGRESS if is_half else SubmissionState.SUBMITTED,
        language="en",
        started_at=opened,
        submitted_at=None if is_half else opened,
        filled_by=owner if is_half and draw.random() < 0.5 else None,  # a share
    )
    for author in (None, owner) if owner else (None,):
        message_id = uuid4()
        _put(
            rows,
            CaseMessage,
            id=message_id,
            case_id=case_id,
            direction=Direction.FROM_PERSON if author is None else Direction.TO_PERSON,
            author_id=author,
            body=key.seal(CaseMessage.body, message_id, "Hello"),
            sent_at=opened + timedelta(hours=20),
        )
    for event in ("case.opened", "form.submitted", "case.viewed"):
        _put(rows, AuditEntry, at=opened, actor_id=PERSON.id, event=event, subject_id=case_id, facts={})


def _put(rows: Rows, table: type[Base], **values: Any) -> None:
    rows.setdefault(table, []).append(values)


def _person_key(keys: KeyRing, person_id: UUID, moment: datetime) -> dict[str, Any]:
    wrapped = keys.wrap(str(person_id), new_secret())
    return {"subject_id": person_id, "master_id": wrapped.master_id, "box": wrapped.box, "created_at": moment}


def _key_of(row: Mapping[str, Any], keys: KeyRing) -> SubjectKey:
    return SubjectKey(row["subject_id"], keys.unwrap(str(row["subject_id"]), WrappedKey(row["master_id"], row["box"])))


def _number(count: int) -> str:
    letters = ""
    # Spread as the real ones are: counting up would give thousands the same end.
    count = (count * 7_368_787 + 1) % 30**8
    for _each in range(8):
        count, letter = divmod(count, len(_ALPHABET))
        letters += _ALPHABET[letter]
    return f"HW-{letters[:4]}-{letters[4:]}"


async def _tell(session: AsyncSession) -> str:
    key = create_subject(session, uuid4())
    case = await open_case(session, key, "en", "the notice", actor=PERSON)
    await session.flush()
    for sheet_id, answers in (
        (ARRIVAL, {"called": "Fatou Jallow", "birth_year": 1990, "maybe_child": "no", "country_return": "GM"}),
        (NEEDS, {"maybe_child": "no", "place_tonight": "no", "fear": "yes", "health": "none", "income": "yes"}),
    ):
        submission = await begin_form(session, case, key, built_in_sheets()[sheet_id], "en")
        await session.flush()
        await submit_form(session, submission.id, key, dict(answers), actor=PERSON)
    for _each in range(10):
        await receive_from_person(session, case, key, "When can I come? I wait here.", actor=PERSON)
    return case.number


async def _analyse(database: Database) -> None:
    """As the databases do by themselves in a while (PostgreSQL), or need not (SQLite)."""
    if database.is_sqlite:
        return
    async with database.engine.connect() as connection:
        raw = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await raw.exec_driver_sql("VACUUM ANALYZE")
