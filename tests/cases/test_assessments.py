"""Assessments in a case: staff forms never reach a chat, the screen raises flags, a person sets the level of risk."""

from datetime import timedelta

import pytest
from case_scene import ADULT, Scene, Told
from sqlalchemy import func, select

from access.actor import PERSON
from access.rules import GRANTS, Permission, Role
from cases.answers import open_answers, submissions_of
from cases.assessment import due
from cases.assessment_models import RiskSetting
from cases.assessment_rules import Assessment, DueState, RiskLevel, SuggestedLevel
from cases.erasure import erase_person
from cases.filling import begin_filling, keep, open_draft, submit_filled
from cases.intake import begin_form, submit_form
from cases.models import Flag, FormRequest, Submission, Task
from cases.queries import case_file
from cases.requests import begin_amendment, next_form, request_form, send_form
from cases.risk import arrivals_of, load_known, risk_history, set_risk
from cases.rules import CaseStatus, FlagKind, FlagOutcome, NeedKind, TaskKind
from cases.safeguarding import settle_flag
from cases.sheets import built_in_sheets
from documents.gathering import gather_file
from foundation import clock
from foundation.audit import AuditEntry
from foundation.errors import Conflict, Invalid, NotAllowed
from foundation.outbox import OutboxRow
from questionnaire.sheet import Answer
from web.pages.assessment_part import known_from

CANARY = "Canary of a reason"
STAFF_FORMS = sorted(name for name, sheet in built_in_sheets().items() if sheet.for_staff)


async def assess(
    scene: Scene, told: Told, form: str, answers: dict[str, Answer], role: Role = Role.CASEWORKER
) -> Submission:
    """A form as a caseworker fills it in and sends it."""
    actor = scene.staff[role]
    begun = await begin_filling(scene.session, told.case, form, actor=actor)
    await scene.session.flush()
    sent = await submit_form(scene.session, begun.id, told.key, answers, actor=actor)
    await scene.session.flush()
    return sent


async def flags(scene: Scene, told: Told) -> list[str]:
    found = await scene.session.scalars(select(Flag.rule).where(Flag.case_id == told.case.id).order_by(Flag.rule))
    return list(found)


async def test_a_form_of_the_staff_is_never_offered_in_a_chat(scene: Scene) -> None:
    told, officer = await scene.tell(needs={"family": "no"}), scene.staff[Role.CASEWORKER]
    session, case = scene.session, told.case
    for form in STAFF_FORMS:
        with pytest.raises(Conflict):
            await send_form(session, case, form, actor=officer)
        with pytest.raises(Conflict):
            await request_form(session, case, form, requested_by=officer.id)
        with pytest.raises(Conflict):
            await begin_form(session, case, told.key, built_in_sheets()[form], "en")
        await assess(scene, told, form, {})
        with pytest.raises(Conflict):
            await begin_amendment(session, case, told.key, form, actor=PERSON)
    assert await next_form(session, case) is None
    assert await session.scalar(select(func.count()).select_from(FormRequest)) == 0
    assert await session.scalar(select(func.count()).select_from(OutboxRow)) == 0


async def test_the_copy_that_goes_to_a_phone_leaves_the_staffs_assessments_out(scene: Scene) -> None:
    told = await scene.tell(needs={"family": "no"})
    await assess(scene, told, "family", {"family_note": CANARY})
    file = await case_file(scene.session, scene.staff[Role.SUPERVISOR], told.case.number)
    assert file.person is not None
    copy = await gather_file(scene.session, file.person, told.case, told.key, "Example Return Service")
    assert [form.form for form in copy.forms] == ["arrival", "needs"]
    assert CANARY not in copy.model_dump_json()


async def test_a_caseworker_fills_in_the_screen_and_it_raises_flags_needs_and_a_task(scene: Scene) -> None:
    told, caseworker = await scene.tell(), scene.staff[Role.CASEWORKER]
    begun = await begin_filling(scene.session, told.case, "screen", actor=caseworker)
    await scene.session.flush()
    draft = await open_draft(scene.session, told.case, begun.id, actor=caseworker, for_change=True)
    typed: dict[str, Answer] = {"safely": True, "under_18": "no", "fear": "yes", "distress": "self_harm"}
    for question in draft.sheet.questions:
        if question.is_asked and question.name not in ("child_care", "not_of_children"):
            value = True if question.kind == "note" else typed.get(question.name)
            draft = draft.with_answer(question.name, value)
    await keep(scene.session, draft, actor=caseworker)
    sent = await submit_filled(scene.session, draft, actor=caseworker)
    await scene.session.flush()
    assert sent.filled_by == caseworker.id
    assert await flags(scene, told) == ["screen.fear", "screen.self_harm"]
    assert {need.kind for need in await scene.needs(told)} == {NeedKind.SAFETY, NeedKind.PSYCHOSOCIAL}
    tasks = (await scene.session.scalars(select(Task.kind).where(Task.case_id == told.case.id))).all()
    assert set(tasks) == {TaskKind.DISTRESS, TaskKind.PROTECTION}


async def test_a_screen_made_again_raises_a_solved_flag_anew_and_no_answer_takes_one_off(scene: Scene) -> None:
    told, officer = await scene.tell(), scene.staff[Role.PROTECTION_OFFICER]
    await assess(scene, told, "screen", {"fear": "yes"})
    await assess(scene, told, "screen", {"fear": "yes"})
    await assess(scene, told, "screen", {"fear": "no"})
    assert await flags(scene, told) == ["screen.fear"]
    (flag,) = (await scene.flags(told)).values()
    assert flag.settled_at is None
    await settle_flag(scene.session, told.case, flag.id, FlagOutcome.RESOLVED, "Moved away.", actor=officer)
    await scene.session.flush()
    # A correction of what is known already tells nothing anew.
    sent = await assess(scene, told, "screen", {"fear": "no"})
    again = await begin_amendment(scene.session, told.case, told.key, "screen", actor=officer)
    assert again.amends == sent.id
    await submit_form(scene.session, again.id, told.key, {"fear": "yes"}, actor=officer)
    assert await flags(scene, told) == ["screen.fear"]
    await assess(scene, told, "screen", {"fear": "yes"})
    assert await flags(scene, told) == ["screen.fear", "screen.fear.2"]
    second = (await scene.session.scalars(select(Flag).where(Flag.rule == "screen.fear.2"))).one()
    await settle_flag(scene.session, told.case, second.id, FlagOutcome.CONFIRMED, "In hand.", actor=officer)
    await scene.session.flush()
    await assess(scene, told, "screen", {"fear": "yes"})
    assert await flags(scene, told) == ["screen.fear", "screen.fear.2"]


async def test_an_adult_whom_the_screen_finds_to_be_a_child_needs_a_guardian(scene: Scene) -> None:
    told = await scene.tell()
    await assess(scene, told, "screen", {"under_18": "yes", "child_care": "nobody"})
    assert set(await scene.flags(told)) == {FlagKind.CHILD, FlagKind.UNACCOMPANIED_CHILD}
    (task,) = (await scene.session.scalars(select(Task).where(Task.case_id == told.case.id))).all()
    assert (task.kind, task.reason) == (TaskKind.GUARDIAN, "screen.under_18")
    known = await load_known(scene.session, told.case, told.key)
    assert known.maybe_child == "yes"


async def test_what_is_known_is_the_same_for_the_verb_and_for_the_page(scene: Scene) -> None:
    told = await scene.tell(
        {"back_already": "yes", "maybe_child": "unknown", "birth_year": None}, needs={"fear": "yes"}
    )
    await assess(scene, told, "screen", {"to_family": "yes"})
    known = await load_known(scene.session, told.case, told.key)
    file = await case_file(scene.session, scene.staff[Role.SUPERVISOR], told.case.number)
    page = known_from(file, await arrivals_of(scene.session, told.case))
    for name in ("opened_at", "maybe_child", "age", "back_since", "answers", "sent_at", "needs"):
        assert getattr(known, name) == getattr(page, name), name
    assert set(known.flags) == set(page.flags)
    assert known.back_since is not None
    states = {each.assessment: each.state for each in due(known)}
    assert states[Assessment.SCREEN] is DueState.DONE
    assert states[Assessment.FAMILY] is states[Assessment.VULNERABILITY] is DueState.DUE


async def test_an_officer_who_finds_no_child_is_believed_over_the_form(scene: Scene) -> None:
    told = await scene.tell({"maybe_child": "unknown", "birth_year": None, "company": ["parent_guardian"]})
    assert (await load_known(scene.session, told.case, told.key)).maybe_child == "unknown"
    (flag,) = (await scene.flags(told)).values()
    officer = scene.staff[Role.CHILD_PROTECTION_OFFICER]
    await settle_flag(scene.session, told.case, flag.id, FlagOutcome.NOT_CONFIRMED, "Saw the passport.", actor=officer)
    assert (await load_known(scene.session, told.case, told.key)).maybe_child == "no"


async def test_each_setting_of_the_level_is_kept_with_what_the_rules_suggested_then(scene: Scene) -> None:
    told, caseworker = await scene.tell(), scene.staff[Role.CASEWORKER]
    first = await set_risk(scene.session, told.case, RiskLevel.LOW, f" {CANARY} ", actor=caseworker)
    await scene.session.flush()
    with clock.moved_to(clock.now() + timedelta(minutes=1)):
        await assess(scene, told, "screen", {"fear": "yes"})
        await set_risk(scene.session, told.case, RiskLevel.HIGH, "Afraid.", actor=scene.staff[Role.SUPERVISOR])
    await scene.session.flush()
    newest, oldest = await risk_history(scene.session, told.case, told.key)
    assert (oldest.level, oldest.suggested, oldest.reason) == (RiskLevel.LOW, SuggestedLevel.UNKNOWN, CANARY)
    assert oldest.missing == ("missing.screen", "missing.return_risk")
    assert (newest.level, newest.suggested) == (RiskLevel.HIGH, SuggestedLevel.HIGH)
    assert newest.rules == ("flag.fear_of_return", "screen.fear")
    assert (newest.set_by, oldest.set_by) == ("Someone supervisor", "Someone caseworker")
    assert CANARY not in str((first.reason, first.basis))
    entries = await scene.session.scalars(
        select(AuditEntry).where(AuditEntry.event == "risk.set").order_by(AuditEntry.id)
    )
    assert [entry.facts for entry in entries] == [
        {"level": "low", "suggested": "unknown"},
        {"level": "high", "suggested": "high"},
    ]
    # A level is no more than that: the flag it is lower than stays where it was.
    assert (await scene.flags(told))[FlagKind.FEAR_OF_RETURN].settled_at is None


async def test_who_sets_a_level_and_with_what(scene: Scene) -> None:
    told = await scene.tell()
    with pytest.raises(Invalid):
        await set_risk(scene.session, told.case, RiskLevel.HIGH, "  ", actor=scene.staff[Role.CASEWORKER])
    for actor in (*scene.staff.values(), PERSON):
        if actor.may(Permission.RISK_SET):
            await set_risk(scene.session, told.case, RiskLevel.HIGH, "Alone.", actor=actor)
            continue
        with pytest.raises(NotAllowed):
            await set_risk(scene.session, told.case, RiskLevel.HIGH, "Alone.", actor=actor)
    workers = {role for role in Role if Permission.FORM_FILL in GRANTS[role]}
    assert {role for role in Role if Permission.RISK_SET in GRANTS[role]} == workers
    told.case.status = CaseStatus.CLOSED
    with pytest.raises(Conflict):
        await set_risk(scene.session, told.case, RiskLevel.LOW, "Over.", actor=scene.staff[Role.SUPERVISOR])


async def test_erasure_takes_assessments_and_levels_with_it(scene: Scene) -> None:
    told, other = await scene.tell(), await scene.tell(ADULT | {"called": "Other"})
    for each in (told, other):
        await assess(scene, each, "family", {"family_note": CANARY})
        await set_risk(scene.session, each.case, RiskLevel.HIGH, CANARY, actor=scene.staff[Role.CASEWORKER])
    await scene.session.flush()
    await erase_person(scene.session, told.key.subject_id, actor=PERSON)
    await scene.session.flush()
    left = set(await scene.session.scalars(select(RiskSetting.case_id)))
    assert left == {other.case.id}
    assert await submissions_of(scene.session, told.case) == []
    (kept,) = [each for each in await submissions_of(scene.session, other.case) if each.sheet_id == "family"]
    assert open_answers(other.key, kept) == {"family_note": CANARY}
