"""Forms asked for, begun, taken back, filled in by staff, corrected: what is stored, told and audited."""

from datetime import timedelta

import pytest
from case_scene import ADULT, Scene, Told
from sqlalchemy import select

from access.actor import PERSON
from access.rules import Role
from cases.answers import answers_of, open_answers
from cases.fact_models import Fact
from cases.fact_rules import Thing
from cases.filling import begin_filling, correct_with_person, keep, listed_drafts, open_draft, submit_filled
from cases.intake import begin_form, submit_form
from cases.models import Consent, Person, PublishedSheet, Submission
from cases.queries import case_file
from cases.requests import (
    RequestState,
    begin_amendment,
    next_form,
    request_form,
    requests_of,
    send_form,
    withdraw_request,
)
from cases.rules import CaseStatus, ConsentState, FlagKind, NeedStatus, SubmissionState
from cases.sheets import ARRIVAL, NEEDS, newest, publish, published_forms
from foundation.audit import AuditEntry
from foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from foundation.outbox import OutboxRow
from questionnaire.sheet import Sheet
from questionnaire.xlsform import read_form
from referrals.facts import refresh

FORM = """\
| survey |
|        | type    | name  | label::English (en) | label::Français (fr) |
|        | text    | trade | Your trade?         | Votre métier ?       |
|        | integer | years | How many years?     | Depuis combien d’années ? |

| settings |
|          | form_title | form_id | version   | default_language |
|          | Trades     | trades  | {version} | English (en)     |
"""
NEED_ANSWERS = {"maybe_child": "no", "place_tonight": "yes", "fear": "no", "income": "no"}


def form(version: str = "1", text: str = FORM) -> Sheet:
    return read_form(text.replace("{version}", version).encode(), ".md")


@pytest.fixture
async def told(scene: Scene) -> Told:
    """Someone who has sent both forms, where a form of the agency is published."""
    await publish(scene.session, form())
    return await scene.tell(needs=dict(NEED_ANSWERS))


async def events(scene: Scene, told: Told, event: str) -> list[AuditEntry]:
    await scene.session.flush()
    found = await scene.session.scalars(
        select(AuditEntry).where(AuditEntry.subject_id == told.case.id, AuditEntry.event == event)
    )
    return list(found)


async def outbox(scene: Scene, told: Told) -> list[dict[str, object]]:
    await scene.session.flush()
    rows = await scene.session.scalars(select(OutboxRow).where(OutboxRow.subject_id == told.key.subject_id))
    return [told.key.open(OutboxRow.body, row.id, row.body) for row in rows if row.body is not None]


async def test_a_form_is_asked_for_in_neutral_words_and_done_when_it_is_sent(scene: Scene, told: Told) -> None:
    caseworker = scene.staff[Role.CASEWORKER]
    assert await next_form(scene.session, told.case) is None
    request = await send_form(scene.session, told.case, "trades", actor=caseworker)
    (body,) = await outbox(scene, told)
    assert "few questions for you" in str(body["text"])
    assert "Trades" not in str(body["text"])
    assert "m.begin" in str(body["buttons"])
    assert (await events(scene, told, "form.requested"))[0].facts == {"form": "trades", "request": str(request.id)}
    assert await next_form(scene.session, told.case) == "trades"
    with pytest.raises(Conflict, match="asked already"):
        await send_form(scene.session, told.case, "trades", actor=caseworker)

    begun = await begin_form(scene.session, told.case, told.key, form(), "en")
    (view,) = await requests_of(scene.session, told.case)
    assert (view.state, view.asked_by) == (RequestState.HALF_WAY, "Someone caseworker")
    told.case.attention_at = None
    await submit_form(scene.session, begun.id, told.key, {"trade": "tailor", "years": 3}, actor=PERSON)
    (view,) = await requests_of(scene.session, told.case)
    assert (view.state, view.request.submission_id) == (RequestState.DONE, begun.id)
    assert told.case.attention_at is not None
    assert await next_form(scene.session, told.case) is None
    file = await case_file(scene.session, caseworker, told.case.number)
    assert [answer for _question, answer in file.forms[-1].answers] == ["tailor", 3]


async def test_who_may_ask_whom_for_what(scene: Scene, told: Told) -> None:
    caseworker = scene.staff[Role.CASEWORKER]
    with pytest.raises(NotAllowed):
        await send_form(scene.session, told.case, "trades", actor=scene.staff[Role.PARTNER])
    with pytest.raises(NotFound):
        await send_form(scene.session, told.case, "nothing", actor=caseworker)
    person = await scene.session.get_one(Person, told.key.subject_id)
    person.language = "ar"
    with pytest.raises(Invalid) as refused:
        await send_form(scene.session, told.case, "trades", actor=caseworker)
    assert dict(refused.value.message.values) == {"language": "العربية", "languages": "English, Français"}
    person.language = "fr"
    await send_form(scene.session, told.case, "trades", actor=caseworker)
    (body,) = await outbox(scene, told)
    assert body["text"]
    told.case.status = CaseStatus.CLOSED
    with pytest.raises(Conflict):
        await send_form(scene.session, told.case, NEEDS, actor=caseworker)


async def test_without_consent_nothing_is_asked_or_filled_in(scene: Scene, told: Told) -> None:
    caseworker = scene.staff[Role.CASEWORKER]
    draft = await begin_filling(scene.session, told.case, "trades", actor=caseworker)
    consent = (await scene.session.scalars(select(Consent))).one()
    consent.state = ConsentState.WITHDRAWN
    await scene.session.flush()
    for refused in (
        send_form(scene.session, told.case, "trades", actor=caseworker),
        begin_filling(scene.session, told.case, NEEDS, actor=caseworker),
        correct_with_person(scene.session, told.case, ARRIVAL, actor=caseworker),
        open_draft(scene.session, told.case, draft.id, actor=caseworker, for_change=True),
        begin_amendment(scene.session, told.case, told.key, ARRIVAL),
    ):
        with pytest.raises(Conflict):
            await refused
    assert await outbox(scene, told) == []


async def test_the_forms_for_everyone_come_first_then_requests_in_order(scene: Scene) -> None:
    await publish(scene.session, form())
    told = await scene.tell()
    await request_form(scene.session, told.case, "trades", requested_by=None)
    assert await next_form(scene.session, told.case) == NEEDS
    await scene.submit(told, NEEDS, dict(NEED_ANSWERS))
    assert await next_form(scene.session, told.case) == "trades"
    later = await request_form(scene.session, told.case, NEEDS, requested_by=None)
    later.requested_at += timedelta(seconds=1)
    again = await request_form(scene.session, told.case, NEEDS, requested_by=scene.staff[Role.CASEWORKER].id)
    assert again is later
    assert [entry.actor_id.int for entry in await events(scene, told, "form.requested")] == [0, 0]
    assert await next_form(scene.session, told.case) == "trades"
    await withdraw_request(
        scene.session,
        told.case,
        (await requests_of(scene.session, told.case))[-1].request.id,
        actor=scene.staff[Role.CASEWORKER],
    )
    assert await next_form(scene.session, told.case) == NEEDS


async def test_a_form_taken_back_ends_half_way_and_is_taken_back_once(scene: Scene, told: Told) -> None:
    caseworker = scene.staff[Role.CASEWORKER]
    request = await send_form(scene.session, told.case, "trades", actor=caseworker)
    begun = await begin_form(scene.session, told.case, told.key, form(), "en")
    await withdraw_request(scene.session, told.case, request.id, actor=caseworker)
    assert begun.state is SubmissionState.ABANDONED
    with pytest.raises(NotFound):
        await withdraw_request(scene.session, told.case, request.id, actor=caseworker)
    with pytest.raises(NotFound):
        await submit_form(scene.session, begun.id, told.key, {}, actor=PERSON)
    other = await scene.tell()
    with pytest.raises(NotFound):
        await withdraw_request(scene.session, other.case, request.id, actor=caseworker)
    (view,) = await requests_of(scene.session, told.case)
    assert view.state is RequestState.TAKEN_BACK


async def test_who_is_half_way_stays_on_their_version_and_new_ones_start_on_the_newest(
    scene: Scene, told: Told
) -> None:
    begun = await begin_form(scene.session, told.case, told.key, form(), "en")
    await publish(scene.session, form("2", FORM.replace("How many years?", "Since when?")))
    published = await scene.session.get_one(PublishedSheet, ("trades", "2"))
    published.published_at += timedelta(seconds=1)
    await scene.session.flush()
    sheet = await newest(scene.session, "trades")
    assert sheet.version == "2"
    again = await begin_form(scene.session, told.case, told.key, sheet, "en")
    assert (again.id, again.sheet_version) == (begun.id, "1")
    other = await scene.tell()
    assert (await begin_form(scene.session, other.case, other.key, sheet, "en")).sheet_version == "2"


async def test_a_version_is_published_once_and_never_changes(scene: Scene) -> None:
    assert await publish(scene.session, form())
    assert not await publish(scene.session, form())
    with pytest.raises(Conflict, match="other content"):
        await publish(scene.session, form(text=FORM.replace("Your trade?", "Your job?")))
    with pytest.raises(Invalid, match="id and version"):
        await publish(scene.session, form("1 of may"))
    (trades,) = [each for each in await published_forms(scene.session) if each.sheet.id == "trades"]
    assert trades.sheet.complete_languages() == ("en", "fr")


async def test_staff_fill_in_a_copy_of_what_the_person_began_and_their_name_stands_on_it(
    scene: Scene, told: Told
) -> None:
    caseworker, colleague = scene.staff[Role.CASEWORKER], scene.staff[Role.SUPERVISOR]
    request = await send_form(scene.session, told.case, "trades", actor=caseworker)
    half_way = await begin_form(scene.session, told.case, told.key, form(), "en")
    half_way.answers = told.key.seal(Submission.answers, half_way.id, {"trade": "tailor", "*picked": {}})
    await scene.session.flush()
    begun = await begin_filling(scene.session, told.case, "trades", actor=caseworker)
    assert begun.id != half_way.id
    assert (await begin_filling(scene.session, told.case, "trades", actor=colleague)).id == begun.id
    draft = await open_draft(scene.session, told.case, begun.id, actor=colleague, for_change=True)
    assert draft.answers == {"trade": "tailor"}
    with pytest.raises(Conflict, match="not answered"):
        await submit_filled(scene.session, draft, actor=colleague)
    draft = draft.with_answer("years", 4)
    await keep(scene.session, draft, actor=colleague)
    (stored,) = await events(scene, told, "answer.stored")
    assert stored.facts == {"submission": str(begun.id), "questions": ["years"]}
    file = await case_file(scene.session, colleague, told.case.number)
    assert [each.submission_id for each in await listed_drafts(scene.session, file.drafts)] == [begun.id]
    assert half_way.state is SubmissionState.IN_PROGRESS
    sent = await submit_filled(scene.session, draft, actor=colleague)
    assert (sent.filled_by, sent.state) == (colleague.id, SubmissionState.SUBMITTED)
    assert half_way.state is SubmissionState.ABANDONED
    await scene.session.refresh(request)
    assert (request.submission_id, request.done_at) == (sent.id, sent.submitted_at)
    assert (await answers_of(scene.session, told.case, told.key))["trades"] == {"trade": "tailor", "years": 4}
    with pytest.raises(Conflict, match="sent already"):
        await open_draft(scene.session, told.case, begun.id, actor=colleague)
    with pytest.raises(NotFound):
        await open_draft(scene.session, told.case, half_way.id, actor=colleague)
    with pytest.raises(NotAllowed):
        await begin_filling(scene.session, told.case, "trades", actor=scene.staff[Role.MONITOR])


async def test_a_correction_replaces_what_the_case_uses_and_keeps_what_stood(scene: Scene, told: Told) -> None:
    facts = select(Fact.country).where(Fact.thing == Thing.CASE)
    await refresh(scene.session, [told.case.id])
    assert (await scene.session.scalars(facts)).all() == ["GM"]
    amended = await begin_amendment(scene.session, told.case, told.key, ARRIVAL)
    assert (await begin_amendment(scene.session, told.case, told.key, ARRIVAL)).id == amended.id
    answers = open_answers(told.key, amended)
    assert answers == ADULT
    answers |= {"called": "Awa", "country_return": "TN", "area": "tn_tunis", "maybe_child": "unknown"}
    await submit_form(scene.session, amended.id, told.key, answers, actor=PERSON)
    assert (await answers_of(scene.session, told.case, told.key))[ARRIVAL] == answers
    person = await scene.session.get_one(Person, told.key.subject_id)
    assert told.key.open(Person.called, person.id, person.called) == "Awa"
    assert (told.case.country, told.case.team) == ("TN", "TN")
    await refresh(scene.session, [told.case.id])
    assert (await scene.session.scalars(facts)).all() == ["TN"]
    assert FlagKind.CHILD in await scene.flags(told)
    file = await case_file(scene.session, scene.staff[Role.CASEWORKER], told.case.number)
    arrivals = [form.submission for form in file.forms if form.sheet.id == ARRIVAL]
    assert [each.amends for each in arrivals] == [None, arrivals[0].id]
    assert open_answers(told.key, arrivals[0]) == ADULT
    assert len(await events(scene, told, "form.amended")) == 1

    back = await begin_amendment(scene.session, told.case, told.key, ARRIVAL)
    assert back.amends == amended.id
    await submit_form(scene.session, back.id, told.key, dict(ADULT), actor=PERSON)
    assert FlagKind.CHILD in await scene.flags(told)


async def test_a_correction_leaves_needs_as_staff_have_set_them(scene: Scene, told: Told) -> None:
    (need,) = await scene.needs(told)
    need.status = NeedStatus.MET
    request = await request_form(scene.session, told.case, NEEDS, requested_by=None)
    amended = await begin_amendment(scene.session, told.case, told.key, NEEDS)
    await submit_form(
        scene.session, amended.id, told.key, {**NEED_ANSWERS, "income": "yes", "health": "urgent"}, actor=PERSON
    )
    needs = {each.kind: each.status for each in await scene.needs(told)}
    assert needs == {"income": NeedStatus.MET, "health": NeedStatus.OPEN}
    await scene.session.refresh(request)
    assert request.done_at is None


async def test_what_was_never_sent_cannot_be_corrected(scene: Scene, told: Told) -> None:
    with pytest.raises(NotFound):
        await begin_amendment(scene.session, told.case, told.key, "trades")
    with pytest.raises(NotAllowed):
        await begin_amendment(scene.session, told.case, told.key, ARRIVAL, actor=scene.staff[Role.COMPLAINTS_OFFICER])


async def test_a_half_filled_form_is_still_there_after_a_correction(scene: Scene, told: Told) -> None:
    await request_form(scene.session, told.case, "trades", requested_by=None)
    half_way = await begin_form(scene.session, told.case, told.key, form(), "en")
    amended = await begin_amendment(scene.session, told.case, told.key, NEEDS)
    await submit_form(scene.session, amended.id, told.key, dict(NEED_ANSWERS), actor=PERSON)
    assert await next_form(scene.session, told.case) == "trades"
    assert (await begin_form(scene.session, told.case, told.key, form(), "en")).id == half_way.id


async def test_a_request_made_while_someone_is_half_way_is_half_way(scene: Scene, told: Told) -> None:
    begun = await begin_form(scene.session, told.case, told.key, form(), "en")
    request = await request_form(scene.session, told.case, "trades", requested_by=None)
    assert request.submission_id == begun.id
