"""Recommendations: who writes, answers and judges; what may follow what; that nothing issued is ever changed."""

import csv
import io
import json
from datetime import timedelta
from uuid import uuid4

import pytest
from monitoring_scene import Body
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from access.actor import Actor
from access.models import Organisation, OrganisationKind
from access.rules import Role
from foundation import clock
from foundation.audit import AuditEntry
from foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from monitoring import recommendations
from monitoring.naming import MayNameSomeone, refuse_names
from monitoring.recommendation_files import to_csv, to_json
from monitoring.recommendation_models import Recommendation, RecommendationEntry
from monitoring.recommendation_register import Narrowing, desk, find_issued, find_on_desk, issued
from monitoring.recommendation_rules import ANSWERS, OUTCOMES, Action, Entry, Kind, State, Theme, next_states
from monitoring.recommendations import Said, digest

DONE = Said("We looked at ten returns.", "Report of May, page 4")


async def events(body: Body) -> list[str]:
    return list(await body.session.scalars(select(AuditEntry.event).order_by(AuditEntry.id)))


async def test_from_a_draft_to_implemented_and_asked_again(body: Body) -> None:
    draft = await body.draft(action=Action.F, indicator="21f-P1")
    assert await issued(body.session) == []
    with pytest.raises(NotFound):
        await find_on_desk(body.session, draft, actor=body.supervisor)
    one = await recommendations.issue(body.session, draft, actor=body.second)
    assert (one.number, one.state, one.issued_on) == (1, State.ISSUED, clock.today())
    await recommendations.answer(body.session, draft, State.ACCEPTED, Said(""), actor=body.supervisor)
    await recommendations.follow_up(body.session, draft, Said("A rule was written."), actor=body.supervisor)
    await recommendations.settle(body.session, draft, State.IMPLEMENTED, DONE, actor=body.watcher)
    filed = await find_issued(body.session, 1)
    assert [entry.kind for entry in filed.entries] == [Entry.ANSWER, Entry.FOLLOW_UP, Entry.OUTCOME]
    assert [entry.speaker for entry in filed.entries] == ["The operator", "The operator", "The monitor"]
    assert filed.recommendation.state is State.IMPLEMENTED
    later = clock.today() + timedelta(days=30)
    await recommendations.reopen(
        body.session, draft, Said("It has stopped."), answer_by=later, due_on=later, actor=body.monitor
    )
    await body.session.flush()
    filed = await find_issued(body.session, 1)
    assert (filed.answer_by, filed.due_on, filed.recommendation.state) == (later, later, State.REOPENED)
    await recommendations.answer(body.session, draft, State.REJECTED, Said("No money."), actor=body.supervisor)
    assert filed.recommendation.state is State.REJECTED
    assert await events(body) == [
        f"recommendation.{each}"
        for each in ("written", "issued", "answer", "follow_up", "outcome", "reopening", "answer")
    ]


async def test_what_is_issued_is_never_changed_and_a_change_would_show(body: Body) -> None:
    one = await body.issued()
    for attempt in (
        recommendations.change_draft(body.session, one.id, body.wording("Another"), actor=body.monitor),
        recommendations.drop_draft(body.session, one.id, actor=body.monitor),
        recommendations.issue(body.session, one.id, actor=body.monitor),
    ):
        with pytest.raises(Conflict):
            await attempt
    await recommendations.correct(
        body.session, one.id, Said("Every return means every enforced one."), actor=body.monitor
    )
    assert (one.text, one.state) == ("Give notice of every return.", State.ISSUED)
    entry = (await body.session.scalars(select(AuditEntry).where(AuditEntry.event == "recommendation.issued"))).one()
    assert entry.facts["sha256"] == one.sha256 == digest(one)
    one.text = "Give notice of some returns."
    assert digest(one) != entry.facts["sha256"]


async def test_drafts_are_written_anew_and_thrown_away(body: Body) -> None:
    draft = await body.draft()
    await recommendations.change_draft(
        body.session, draft, body.wording("Train escorts.", theme=Theme.TREATMENT), actor=body.second
    )
    found = await find_on_desk(body.session, draft, actor=body.monitor)
    assert (found.recommendation.text, found.recommendation.theme) == ("Train escorts.", Theme.TREATMENT)
    await recommendations.drop_draft(body.session, draft, actor=body.monitor)
    assert await desk(body.session, actor=body.monitor) == []
    assert (await body.issued()).number == 1


async def test_each_does_what_is_theirs_and_the_rest_looks_missing(body: Body) -> None:
    one = await body.issued()
    others = Organisation(id=uuid4(), name="Other monitors", kind=OrganisationKind.MONITOR)
    body.session.add(others)
    await body.session.flush()
    stranger, caseworker = Actor(uuid4(), Role.MONITOR, others.id), Actor(uuid4(), Role.CASEWORKER, body.operator.id)
    for actor in (stranger, body.provider):
        with pytest.raises(NotFound):
            await recommendations.follow_up(body.session, one.id, Said("Seen."), actor=actor)
        with pytest.raises(NotFound):
            await recommendations.answer(body.session, one.id, State.ACCEPTED, Said(""), actor=actor)
    with pytest.raises(NotFound):
        await recommendations.answer(body.session, one.id, State.ACCEPTED, Said(""), actor=body.monitor)
    with pytest.raises(NotAllowed):
        await recommendations.answer(body.session, one.id, State.ACCEPTED, Said(""), actor=caseworker)
    await recommendations.answer(body.session, one.id, State.ACCEPTED, Said(""), actor=body.supervisor)
    for verb in (
        recommendations.settle(body.session, one.id, State.IMPLEMENTED, DONE, actor=body.supervisor),
        recommendations.correct(body.session, one.id, Said("No."), actor=body.supervisor),
    ):
        with pytest.raises(NotFound):
            await verb
    with pytest.raises(NotAllowed):
        await recommendations.write_recommendation(body.session, body.wording(), actor=body.supervisor)
    assert [each.recommendation.id for each in await desk(body.session, actor=body.supervisor)] == [one.id]
    assert await desk(body.session, actor=body.provider) == []


async def test_a_question_is_answered_in_words_and_can_be_asked_again(body: Body) -> None:
    today = clock.today()
    one = await body.issued("How many escorts speak Tigrinya?", kind=Kind.QUESTION, due_on=None)
    assert (one.due_on, one.number) == (one.answer_by, 1)
    with pytest.raises(Invalid):
        await recommendations.answer(body.session, one.id, State.ANSWERED, Said(" "), actor=body.supervisor)
    with pytest.raises(Invalid):
        await recommendations.answer(body.session, one.id, State.ACCEPTED, DONE, actor=body.supervisor)
    await recommendations.answer(body.session, one.id, State.ANSWERED, Said("Two."), actor=body.supervisor)
    filed = await find_issued(body.session, 1)
    assert (filed.recommendation.state, filed.answered_on, filed.is_overdue) == (State.ANSWERED, today, False)
    with pytest.raises(Conflict):
        await recommendations.settle(body.session, one.id, State.IMPLEMENTED, DONE, actor=body.monitor)
    later = today + timedelta(days=5)
    again = await recommendations.reopen(
        body.session, one.id, Said("And Amharic?"), answer_by=later, due_on=None, actor=body.monitor
    )
    assert (again.answer_by, again.due_on) == (later, later)
    await body.session.flush()
    with clock.moved_to(clock.now() + timedelta(days=6)):
        assert (await find_issued(body.session, 1)).is_overdue
    kept = json.loads(to_json(await issued(body.session)))["recommendations"][0]
    assert (kept["kind"], kept["state"]) == ("question", "reopened")
    assert digest(one) == one.sha256
    one.kind = Kind.RECOMMENDATION
    assert digest(one) != one.sha256


async def test_an_authority_without_accounts_answers_on_paper(body: Body) -> None:
    with clock.moved_to(clock.now() - timedelta(days=20)):
        one = await body.issued(addressee_id=None, addressee="Ministry of the Interior")
    day = clock.today() - timedelta(days=5)
    said = Said("We shall.", "Letter 12", on_day=day)
    await recommendations.answer(body.session, one.id, State.ACCEPTED, said, actor=body.monitor)
    filed = await find_issued(body.session, 1)
    assert (filed.entries[0].speaker, filed.answered_on, filed.answered_in_time) == (
        "Ministry of the Interior",
        day,
        True,
    )
    for wrong in (clock.today() + timedelta(days=1), clock.today() - timedelta(days=21)):
        with pytest.raises(Invalid):
            await recommendations.follow_up(body.session, one.id, Said("So.", on_day=wrong), actor=body.monitor)


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("state", list(State))
async def test_only_the_steps_of_the_table_are_taken(body: Body, state: State, kind: Kind) -> None:
    one = await body.issued(kind=kind)
    later = clock.today() + timedelta(days=9)
    one.state = state
    if state is State.DRAFT:
        one.number = one.issued_on = one.sha256 = None
    await body.session.flush()
    for wanted in State:
        async with body.session.begin_nested() as attempt:
            before = one.state
            try:
                if any(wanted in answers for answers in ANSWERS.values()):
                    await recommendations.answer(body.session, one.id, wanted, DONE, actor=body.supervisor)
                elif wanted in OUTCOMES:
                    await recommendations.settle(body.session, one.id, wanted, DONE, actor=body.monitor)
                elif wanted is State.REOPENED:
                    await recommendations.reopen(
                        body.session, one.id, DONE, answer_by=later, due_on=later, actor=body.monitor
                    )
                elif wanted is State.ISSUED:
                    await recommendations.issue(body.session, one.id, actor=body.monitor)
                else:
                    continue
                assert wanted in next_states(kind, before), (before, wanted)
            except (Conflict, NotFound):
                assert wanted not in next_states(kind, before) or before is State.DRAFT, (before, wanted)
            except Invalid:
                assert wanted in ANSWERS[next(each for each in Kind if each is not kind)]
            await attempt.rollback()
        await body.session.refresh(one)


async def test_what_must_be_said_is_asked_for(body: Body) -> None:
    today = clock.today()
    for wrong in (
        {"text": " "},
        {"answer_by": today},
        {"due_on": today + timedelta(days=1)},
        {"due_on": None},
        {"addressee_id": None},
        {"addressee_id": uuid4()},
        {"addressee_id": body.monitors.id},
        {"indicator": "21g P2!"},
        {"operation": "M-00000000"},
        {"text": "x" * 4001},
    ):
        with pytest.raises(Invalid):
            await body.draft(**wrong)  # type: ignore[arg-type]
    one = await body.issued()
    for answer in (State.REJECTED, State.PARTLY_ACCEPTED):
        with pytest.raises(Invalid):
            await recommendations.answer(body.session, one.id, answer, Said(" "), actor=body.supervisor)
    with pytest.raises(Invalid):
        await recommendations.answer(body.session, one.id, State.IMPLEMENTED, DONE, actor=body.supervisor)
    await recommendations.answer(body.session, one.id, State.ACCEPTED, Said(""), actor=body.supervisor)
    with pytest.raises(Invalid):
        await recommendations.settle(body.session, one.id, State.IMPLEMENTED, Said("Yes."), actor=body.monitor)
    with pytest.raises(Invalid):
        await recommendations.follow_up(body.session, one.id, Said(" "), actor=body.monitor)
    stale = await body.draft()
    with clock.moved_to(clock.now() + timedelta(days=90)), pytest.raises(Invalid):
        await recommendations.issue(body.session, stale, actor=body.monitor)


@pytest.mark.parametrize(
    "text",
    [
        "Apologise to Mrs Ceesay.",
        "Write to fatou@example.org.",
        "Call +220 399 12 34 first.",
        "awa  NJIE must be trained.",
        "يجب الاعتذار إلى السيدة فاطمة",
        "Présentez des excuses à Mme Diallo.",
    ],
)
async def test_a_text_that_may_name_someone_is_asked_about(body: Body, text: str) -> None:
    with pytest.raises(MayNameSomeone) as refused:
        await body.draft(text)
    assert text not in str(refused.value)
    await body.draft(text, checked=True)


async def test_the_number_of_a_case_never_gets_in(body: Body) -> None:
    for text in ("See HW-2345-6789.", "see hw23456789"):
        with pytest.raises(Invalid):
            await body.draft(text, checked=True)
    one = await body.issued()
    said = Said("As in HW-2345-6789.", checked=True)
    with pytest.raises(Invalid):
        await recommendations.answer(body.session, one.id, State.ACCEPTED, said, actor=body.supervisor)


def test_ordinary_sentences_are_not_asked_about() -> None:
    for text in ("Tell monitors 48 hours before departure, by 2026-05-31.", "Train 12 escorts in Banjul and Tunis."):
        refuse_names([text], ["Awa Njie"], checked=False)


async def test_what_is_late_is_overdue_and_stands_first(body: Body) -> None:
    with clock.moved_to(clock.now() - timedelta(days=100)):
        late, accepted, rejected = await body.issued("A"), await body.issued("B"), await body.issued("C")
        await recommendations.answer(body.session, accepted.id, State.ACCEPTED, Said(""), actor=body.supervisor)
        await recommendations.answer(body.session, rejected.id, State.REJECTED, Said("No."), actor=body.supervisor)
    new = await body.issued("D")
    found = await desk(body.session, actor=body.monitor)
    assert [each.recommendation.id for each in found] == [late.id, new.id, accepted.id, rejected.id]
    assert [each.is_overdue for each in found] == [True, False, False, False]
    assert [each.answered_in_time for each in found] == [False, None, True, True]
    overdue = await issued(body.session, Narrowing(overdue=True))
    assert [each.recommendation.id for each in overdue] == [late.id]
    with clock.moved_to(clock.now() + timedelta(days=100)):
        assert {each.recommendation.id for each in await issued(body.session, Narrowing(overdue=True))} == {
            late.id,
            accepted.id,
            new.id,
        }
    assert len(await issued(body.session, Narrowing(theme=Theme.NOTICE, addressee="The operator"))) == 4
    assert await issued(body.session, Narrowing(theme=Theme.HEALTH)) == []


async def test_files_hold_what_is_public_and_nothing_else(body: Body) -> None:
    one = await body.issued("=Give notice")
    await recommendations.answer(body.session, one.id, State.REJECTED, Said("No."), actor=body.supervisor)
    await body.draft("A secret draft")
    found = await issued(body.session)
    told = json.loads(to_json(found))["recommendations"]
    assert [(each["number"], each["state"], each["entries"][0]["text"]) for each in told] == [(1, "rejected", "No.")]
    head, row = list(csv.reader(io.StringIO(to_csv(found, "en").decode("utf-8-sig"))))
    assert len(head) == len(row)
    assert "'=Give notice" in row
    for content in (to_json(found), to_csv(found, "ar")):
        for hidden in ("secret", "Nadia", "Awa", str(body.monitor.id), str(one.id)):
            assert hidden not in content.decode("utf-8-sig")


async def test_the_database_itself_refuses_what_the_rules_do(body: Body) -> None:
    one = await body.issued()
    for change in ({"number": None}, {"sha256": None}, {"answer_by": one.due_on + timedelta(days=1)}):
        attempt = await body.session.begin_nested()
        with pytest.raises(IntegrityError):
            await body.session.execute(update(Recommendation).values(**change))
        await attempt.rollback()
    entry = RecommendationEntry(
        id=uuid4(),
        recommendation_id=one.id,
        position=1,
        kind=Entry.OUTCOME,
        state=State.IMPLEMENTED,
        on_day=clock.today(),
        speaker="x",
        text="x",
        evidence="",
        written_by=body.monitor.id,
        written_at=clock.now(),
    )
    attempt = await body.session.begin_nested()
    body.session.add(entry)
    with pytest.raises(IntegrityError):
        await body.session.flush()
    await attempt.rollback()
    assert await body.session.scalar(select(Recommendation.state)) is State.ISSUED
