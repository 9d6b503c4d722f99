"""The closed-loop board: exact numbers on both databases, its period, who sees what, and its files."""

import csv
import io
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any
from uuid import UUID, uuid4

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from referral_scene import Scene, add_organisation, add_service, add_staff
from sqlalchemy import delete, update

from access.actor import Actor
from access.models import Organisation, OrganisationKind
from access.rules import Role
from cases.models import Case, Consent
from cases.rules import ConsentKind, ConsentState, NeedKind, Urgency
from foundation import clock
from foundation.errors import Invalid, NotAllowed
from referrals.board import COLUMNS, Line, Period, board, period_of
from referrals.board_files import file_name, to_csv, to_xlsx
from referrals.models import Referral, ReferralWord, Service
from referrals.rules import DeclineReason, Received, ReferralState, ServiceKind, Settlement

State = ReferralState
FIRST = datetime(2026, 3, 1, tzinfo=UTC)
MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
async def administrator(scene: Scene) -> Actor:
    operator = await scene.session.get_one(Organisation, scene.caseworker.organisation_id)
    scene.case.organisation_id = operator.id
    return add_staff(scene.session, operator, Role.ADMINISTRATOR)


def put(
    scene: Scene,
    state: State,
    *,
    service: Service | None = None,
    after: timedelta | None = None,
    reason: DeclineReason | None = None,
    sent_at: datetime | None = FIRST,
    case_id: UUID | None = None,
) -> UUID:
    """A referral as it stands, due after 14 days. `after`: how long the answer took."""
    offered = service or scene.service
    consent = Consent(
        id=uuid4(),
        person_id=scene.person_id,
        kind=ConsentKind.SERVICES,
        purpose=offered.kind,
        recipient_id=offered.organisation_id,
        fields=[],
        notice_id="share",
        notice_version="1",
        language="en",
        text_hash="0" * 64,
        state=ConsentState.GIVEN,
        requested_at=FIRST,
    )
    scene.session.add(consent)
    columns: dict[str, Any] = {
        "answered_at": sent_at + after if sent_at and after is not None else None,
        "due_at": sent_at + 14 * DAY if sent_at else None,
    }
    referral_id = uuid4()
    scene.session.add(
        Referral(
            id=referral_id,
            case_id=case_id or scene.case.id,
            subject_id=scene.person_id,
            service_id=offered.id,
            organisation_id=offered.organisation_id,
            need_kind=NeedKind.WORK,
            urgency=Urgency.NORMAL,
            state=state,
            reason=reason,
            fields=[],
            consent_id=consent.id,
            created_by=scene.caseworker.id,
            created_at=FIRST,
            sent_at=sent_at,
            **columns,
        )
    )
    return referral_id


def told(line: Line) -> dict[str, Any]:
    """What is not nought."""
    names = [code for code, _name in COLUMNS if code != "declined_in_all"]
    counts = {name: getattr(line, name) for name in names if getattr(line, name)}
    return counts | ({"declined": dict(line.declined)} if line.declined else {})


async def test_the_persons_word_counts_unless_a_supervisor_found_otherwise(scene: Scene, administrator: Actor) -> None:
    told_of: list[tuple[State, Received | None, Settlement | None]] = [
        (State.COMPLETED, Received.YES, None),
        (State.COMPLETED, Received.PARTLY, None),
        (State.COMPLETED, Received.NO, None),
        (State.COMPLETED, Received.NO, Settlement.RECEIVED),
        (State.COMPLETED, Received.NO, Settlement.NOT_RECEIVED),
        (State.COMPLETED, Received.NO, Settlement.CANNOT_TELL),
        (State.COMPLETED, None, None),
        (State.UNSUCCESSFUL, Received.YES, None),
        (State.ACCEPTED, Received.NO, None),
    ]
    put(scene, State.COMPLETED, after=DAY)
    for state, received, settlement in told_of:
        referral_id = put(scene, state, after=DAY)
        await scene.session.flush()
        word = ReferralWord(referral_id=referral_id, case_id=scene.case.id, asked=1)
        word.received, word.settlement = received, settlement
        scene.session.add(word)
    await scene.session.flush()
    (jobs,) = await board(scene.session, administrator, MARCH)
    assert (jobs.sent, jobs.completed, jobs.unsuccessful) == (10, 8, 1)
    assert (jobs.confirmed, jobs.denied) == (4, 3), "what has not ended is not counted, nor silence"


async def test_every_number_is_exact(scene: Scene, administrator: Actor) -> None:
    other = await scene.session.get_one(Organisation, scene.other_partner.organisation_id)
    legal = add_service(scene.session, other, kind=ServiceKind.LEGAL)
    health = add_service(scene.session, other, kind=ServiceKind.HEALTH)
    await scene.session.flush()
    put(scene, State.ACCEPTED, after=12 * HOUR)
    put(scene, State.IN_SERVICE, after=2 * DAY)
    put(scene, State.COMPLETED, after=3 * DAY)
    put(scene, State.COMPLETED, after=14 * DAY)
    put(scene, State.UNSUCCESSFUL, after=15 * DAY, reason=DeclineReason.UNAVAILABLE)
    put(scene, State.WITHDRAWN_BY_PERSON, after=1 * DAY)
    put(scene, State.REVOKED)
    put(scene, State.SENT)
    put(scene, State.ACKNOWLEDGED)
    put(scene, State.EXPIRED)
    put(scene, State.DRAFT, sent_at=None)
    put(scene, State.DECLINED, service=legal, after=1 * DAY, reason=DeclineReason.NO_CAPACITY)
    put(scene, State.DECLINED, service=legal, after=2 * DAY, reason=DeclineReason.NO_CAPACITY)
    put(scene, State.DECLINED, service=legal, after=20 * DAY, reason=DeclineReason.OTHER)
    put(scene, State.SENT, service=health)
    await scene.session.flush()
    jobs, sick, law = await board(scene.session, administrator, MARCH)
    assert [(each.organisation, each.kind.value) for each in (jobs, sick, law)] == [
        ("Jalambang Skills", "jobs"),
        ("Tilibo Legal", "health"),
        ("Tilibo Legal", "legal"),
    ]
    assert told(jobs) == {
        "sent": 10,
        "in_time": 5,
        "late": 2,
        "waiting": 2,
        "unanswered": 1,
        "accepted": 6,
        "completed": 2,
        "unsuccessful": 1,
    }
    # 0.5, 1, 2, 3, 14 and 15 days: between the third and the fourth.
    assert jobs.median_days == 2.5
    assert told(sick) == {"sent": 1, "waiting": 1}
    assert sick.median_days is None
    assert told(law) == {
        "sent": 3,
        "in_time": 2,
        "late": 1,
        "declined": {DeclineReason.NO_CAPACITY: 2, DeclineReason.OTHER: 1},
    }
    assert (law.declined_in_all, law.median_days) == (3, 2)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(seconds=st.lists(st.integers(0, 14 * 86400), min_size=1, max_size=9))
async def test_the_median_is_the_one_of_the_textbook(
    scene: Scene, administrator: Actor, seconds: Sequence[int]
) -> None:
    await scene.session.execute(delete(Referral))
    for each in seconds:
        put(scene, State.ACCEPTED, after=timedelta(seconds=each))
    await scene.session.flush()
    (line,) = await board(scene.session, administrator, MARCH)
    assert line.median_days == pytest.approx(median(seconds) / 86400, abs=1e-8)
    assert line.sent == line.in_time + line.late + line.waiting + line.unanswered == len(seconds)


async def test_the_period_is_of_whole_days_on_which_it_was_sent(scene: Scene, administrator: Actor) -> None:
    for moment in (FIRST - HOUR, FIRST, FIRST + 31 * DAY - HOUR, FIRST + 31 * DAY):
        put(scene, State.SENT, sent_at=moment)
    await scene.session.flush()
    (line,) = await board(scene.session, administrator, MARCH)
    assert line.sent == 2
    assert await board(scene.session, administrator, Period(date(2025, 1, 1), date(2025, 1, 31))) == []


def test_the_last_ninety_days_unless_told_otherwise() -> None:
    today = clock.today()
    assert period_of(None, None) == Period(today - timedelta(days=89), today)
    assert period_of(None, date(2026, 3, 31)) == Period(date(2026, 1, 1), date(2026, 3, 31))
    assert period_of(today, today) == Period(today, today)
    ends = [(None, date.min), (None, date.max), (date.max, date.max), (date.min, date.min)]
    for first, last in ((date(2026, 2, 1), date(2026, 1, 1)), (date(2000, 1, 1), date(2026, 1, 1)), *ends):
        with pytest.raises(Invalid):
            period_of(first, last)


async def test_a_supervisor_sees_what_their_own_organisation_sent(scene: Scene, administrator: Actor) -> None:
    elsewhere = add_organisation(scene.session, "Elsewhere", OrganisationKind.OPERATOR)
    await scene.session.flush()
    operator = await scene.session.get_one(Organisation, administrator.organisation_id)
    ours, theirs = (add_staff(scene.session, each, Role.SUPERVISOR) for each in (operator, elsewhere))
    put(scene, State.SENT)
    await scene.session.flush()
    assert [each.sent for each in await board(scene.session, ours, MARCH)] == [1]
    assert await board(scene.session, theirs, MARCH) == []
    await scene.session.execute(update(Case).values(organisation_id=elsewhere.id))
    assert await board(scene.session, ours, MARCH) == []
    assert [each.sent for each in await board(scene.session, administrator, MARCH)] == [1]
    for actor in (scene.caseworker, scene.partner, scene.officer):
        with pytest.raises(NotAllowed):
            await board(scene.session, actor, MARCH)


async def test_the_files_hold_what_the_board_shows(scene: Scene, administrator: Actor) -> None:
    odd = add_organisation(scene.session, '=HYPERLINK("x")', OrganisationKind.PARTNER)
    await scene.session.flush()
    service = add_service(scene.session, odd)
    await scene.session.flush()
    put(scene, State.DECLINED, service=service, after=36 * HOUR, reason=DeclineReason.NO_CAPACITY)
    put(scene, State.SENT)
    await scene.session.flush()
    lines = await board(scene.session, administrator, MARCH)
    head, *rows = csv.reader(io.StringIO(to_csv(lines, MARCH, "en").decode("utf-8-sig"), newline=""))
    assert head[:6] == ["From", "To", "Partner", "Kind of service", "Sent", "Answered in time"]
    assert len(head) == 4 + len(COLUMNS) + len(DeclineReason) + 1
    first = dict(zip(head, rows[0], strict=True))
    assert first["Partner"] == '\'=HYPERLINK("x")'
    assert (first["Sent"], first["Declined"], first["Median days to answer"]) == ("1", "1", "1.5")
    assert first["Declined: We have no place at the moment"] == "1"
    assert dict(zip(head, rows[1], strict=True))["Median days to answer"] == ""
    sheet = openpyxl.load_workbook(io.BytesIO(to_xlsx(lines, MARCH, "en"))).worksheets[0]
    cells = [["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
    assert cells == [head, *rows]
    assert file_name(MARCH, "csv") == "referrals_2026-03-01_2026-03-31.csv"
