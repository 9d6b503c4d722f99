"""Field by field, who reads what of a case: names, notes, the reason of a risk, and the words of each kind of record.

The table is written down once more, apart from the code, and complete: a new kind of record has no reader here until
someone decides who that is.
"""

from datetime import date
from uuid import uuid4

import pytest
from first_rows import TEAM, actor_of, add_case
from sqlalchemy.ext.asyncio import AsyncSession
from web_browser import Browsers

from access.actor import Actor
from access.rules import Role
from cases.assessment_rules import RiskLevel
from cases.casework_rules import NoteVisibility
from cases.household import ensure_self
from cases.models import Case
from cases.notes import Readers, write_note
from cases.record_fields import FieldKind
from cases.record_kinds import SPEC_OF, RecordKind
from cases.records import reads_words, write_record
from cases.risk import set_risk
from cases.safeguard_models import CaseRecord
from cases.sheets import publish_built_in
from foundation.database import Database

K = RecordKind
CASEWORK = frozenset(
    [
        Role.SUPERVISOR,
        Role.CASEWORKER,
        Role.CHILD_PROTECTION_OFFICER,
        Role.CHILD_PROTECTION_LEAD,
        Role.PROTECTION_OFFICER,
    ]
)
CHILD = frozenset([Role.CHILD_PROTECTION_OFFICER, Role.CHILD_PROTECTION_LEAD])
PROTECTION = frozenset([Role.PROTECTION_OFFICER])
WORDS_FOR: dict[RecordKind, frozenset[Role]] = {
    **dict.fromkeys(
        (K.AGE, K.COMPANY, K.GUARDIAN, K.BIA, K.VIEWS, K.CAREGIVER, K.FAMILY_UNITY, K.SHARING, K.HANDOVER_PACK, K.VISIT,
         K.TRACING),
        CHILD,
    ),
    **dict.fromkeys(
        (K.RISK, K.RECEPTION, K.MEDICAL, K.TRAVEL_DOCUMENT, K.CIVIL_DOCUMENTS, K.PREPARATION, K.CHILD_PLAN,
         K.FAMILY_CONTACT, K.CONSULAR, K.HANDOVER, K.ADVICE, K.APPEAL, K.REMEDIES, K.INFORMATION, K.FREE_CHOICE),
        CASEWORK,
    ),
    K.CLAIM: PROTECTION,
    K.MONITORING: frozenset([Role.RETURN_MONITOR]),
}  # fmt: skip
"""Besides whoever wrote it."""
SHOWN: dict[str, tuple[str, frozenset[Role]]] = {
    "Zebulon": ("", CASEWORK),
    "a note for the team": ("", CASEWORK),
    "a note for protection": ("", PROTECTION | {Role.SUPERVISOR}),
    "a note for its author": ("", frozenset([Role.SUPERVISOR])),
    "a reason of the risk": ("/risk", CASEWORK),
    "words of risk": ("/people/{own}/records/risk", CASEWORK),
    "words of age": ("/people/{own}/records/age", CHILD),
    "words of claim": ("/people/{own}/records/claim", PROTECTION),
}
"""A text of the case: the page on which it stands, and who reads it there."""


def test_every_kind_of_record_has_its_readers_and_no_other() -> None:
    assert set(WORDS_FOR) == set(RecordKind)
    for kind, readers in WORDS_FOR.items():
        record = CaseRecord(kind=kind, made_by=uuid4())
        assert {role for role in Role if reads_words(record, Actor(uuid4(), role))} == readers, kind
        assert all(reads_words(record, Actor(record.made_by, role)) for role in Role)
        # What has no fixed answers is words, and words are sealed.
        free = [field for field in SPEC_OF[kind].fields if field.kind is not FieldKind.CHOICE]
        assert all(field.kind in (FieldKind.WORDS, FieldKind.DAY, FieldKind.NUMBER) for field in free)


async def _write_everything(session: AsyncSession) -> tuple[Case, str]:
    arrival = {"called": "Zebulon", "birth_year": 1990, "country_return": TEAM, "maybe_child": "no"}
    case, _key = await add_case(session, TEAM, arrival=arrival, needs={"place_tonight": "yes"})
    supervisor = await actor_of(session, Role.SUPERVISOR)
    own = await ensure_self(session, case, actor=supervisor)
    await session.flush()
    for text, readers in (
        ("a note for the team", Readers()),
        ("a note for protection", Readers(NoteVisibility.ROLES, PROTECTION)),
        ("a note for its author", Readers(NoteVisibility.AUTHOR)),
    ):
        await write_note(session, case, text, readers=readers, actor=supervisor)
    await set_risk(session, case, RiskLevel.MEDIUM, "a reason of the risk", actor=supervisor)
    for kind, role, codes in (
        (K.RISK, Role.SUPERVISOR, {"danger": "no", "reasons": "words of risk"}),
        (K.AGE, Role.CHILD_PROTECTION_OFFICER, {"age": "adult", "basis": "document", "notes": "words of age"}),
        (K.CLAIM, Role.PROTECTION_OFFICER, {"state": "none", "notes": "words of claim"}),
    ):
        writer = await actor_of(session, role)
        await write_record(session, case, own.id, kind, codes, made_on=date(2026, 1, 5), actor=writer)
    return case, str(own.id)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_each_text_of_a_case_is_read_by_its_readers_alone(browsers: Browsers, database: Database) -> None:
    async with database.transaction() as session:
        await publish_built_in(session)
        case, own = await _write_everything(session)
    for role in Role:
        browser = await browsers.signed_in(role)
        pages = {}
        for place in {place for place, _readers in SHOWN.values()}:
            answer = await browser.get(f"/cases/{case.number}{place.format(own=own)}")
            assert answer.status_code == (200 if role in CASEWORK else 404), (role, place)
            pages[place] = answer.text
        for text, (place, readers) in SHOWN.items():
            assert (text in pages[place]) is (role in readers), (role, text)
            # Nor anywhere else, for whoever does not read it there.
            assert role in readers or not any(text in page for page in pages.values()), (role, text)
        # The codes are open to everyone who reads the case, and to nobody else.
        assert ("What this rests on" in pages["/people/{own}/records/age"]) is (role in CASEWORK)
