"""An answer to a follow-up settles its wave and calls whom it must; a refusal ends what is not wanted."""

from datetime import timedelta

import pytest
from case_scene import Scene
from followup_scene import (
    ASKED,
    CLOSED,
    DONE,
    OPENED,
    PLANNED,
    REFUSED,
    UNREACHABLE,
    answer,
    asked,
    at,
    events,
    outcomes,
    returned,
    tasks,
    waves_by_code,
)
from sqlalchemy import select

from access.actor import PERSON
from access.rules import Role
from cases.followup import ask_by_phone, close_wave, record_refusal, refuse, stop_asking
from cases.intake import begin_form, submit_form
from cases.models import FormRequest, Submission, SurveyResult
from cases.requests import next_form
from cases.rules import (
    FlagKind,
    FlagOutcome,
    NeedKind,
    TaskKind,
    Urgency,
)
from cases.safeguarding import settle_flag
from cases.sheets import built_in_sheets
from foundation import clock
from foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from questionnaire.engine import Given, relevant_questions
from questionnaire.sheet import Answer

# Answering


async def test_an_answer_settles_the_wave(scene: Scene) -> None:
    told = await returned(scene)
    await at(scene, days=3)
    await answer(scene, told, "check_in", 4, {"safe": "yes", "roof": "yes"})
    row = (await waves_by_code(scene, told))["day_3"]
    submission = await scene.session.scalar(select(Submission).where(Submission.sheet_id == "check_in"))
    assert submission is not None
    assert (row.state, row.submission_id, row.next_at) == (DONE, submission.id, None)
    assert await outcomes(scene) == {"day_3": "done"}
    assert await next_form(scene.session, told.case) is None
    assert await tasks(scene, told) == []
    await at(scene, days=8)
    assert len(await asked(scene, told)) == 1


async def test_a_late_answer_still_counts(scene: Scene) -> None:
    told = await returned(scene)
    await at(scene, days=89)
    for days in (94, 99, 103):
        await at(scene, days=days)
    assert (await waves_by_code(scene, told))["month_3"].state is UNREACHABLE
    await answer(scene, told, "reintegration", 130, {"E01": "ok"})
    assert (await waves_by_code(scene, told))["month_3"].state is DONE
    assert (await outcomes(scene))["month_3"] == "done"


async def test_an_answer_counts_for_the_newest_wave_and_ends_the_search_for_the_person(scene: Scene) -> None:
    told = await returned(scene)
    for days in (3, 8, 13, 14):
        await at(scene, days=days)
    await answer(scene, told, "check_in", 15, {"roof": "yes"})
    rows = await waves_by_code(scene, told)
    assert (rows["day_3"].state, rows["day_14"].state, rows["day_30"].state) == (UNREACHABLE, DONE, PLANNED)
    await at(scene, days=18)
    assert await tasks(scene, told) == []


async def test_an_answer_shortly_before_the_wave_counts_for_it(scene: Scene) -> None:
    told = await returned(scene)
    await answer(scene, told, "reintegration", 75, {"E01": "ok"})
    rows = await waves_by_code(scene, told)
    assert (rows["month_3"].state, rows["month_6"].state) == (DONE, PLANNED)


async def test_a_form_that_belongs_to_no_wave_is_kept_all_the_same(scene: Scene) -> None:
    told = await returned(scene)
    await answer(scene, told, "reintegration", 1, {"E01": "ok"})
    assert {row.state for row in (await waves_by_code(scene, told)).values()} == {PLANNED}
    result = (await scene.session.scalars(select(SurveyResult))).one()
    assert result.follow_up_id is None


async def test_a_correction_stays_with_its_wave(scene: Scene) -> None:
    told = await returned(scene)
    await at(scene, days=89)
    await answer(scene, told, "reintegration", 90, {"E01": "ok"})
    first = (await scene.session.scalars(select(Submission).where(Submission.sheet_id == "reintegration"))).one()
    with clock.moved_to(OPENED + timedelta(days=180)):
        sheet = built_in_sheets()["reintegration"]
        again = await begin_form(scene.session, told.case, told.key, sheet, "en", amends=first.id)
        await scene.session.flush()
        await submit_form(scene.session, again.id, told.key, {"E01": "satisfied"}, actor=PERSON)
    rows = await waves_by_code(scene, told)
    assert (rows["month_3"].submission_id, rows["month_3"].state) == (again.id, DONE)
    assert rows["month_6"].state is PLANNED


ALARMING: list[tuple[dict[str, Answer], list[TaskKind]]] = [
    ({"safe": "no"}, [TaskKind.DISCLOSURE]),
    ({"roof": "no"}, [TaskKind.DISCLOSURE]),
    ({"health": "urgent"}, [TaskKind.DISCLOSURE]),
    ({"talk": "yes"}, [TaskKind.DISTRESS]),
    ({"safe": "no", "talk": "yes"}, [TaskKind.DISCLOSURE, TaskKind.DISTRESS]),
    ({"safe": "unsaid", "roof": "for_now", "food": "some", "health": "some", "talk": "no"}, []),
]


@pytest.mark.parametrize(("answers", "kinds"), ALARMING)
async def test_an_answer_that_cannot_wait_opens_a_task_each_time(
    scene: Scene, answers: dict[str, Answer], kinds: list[TaskKind]
) -> None:
    told = await returned(scene)
    for days in (3, 14):
        await at(scene, days=days)
        await answer(scene, told, "check_in", days + 1, answers)
    assert sorted(kind for kind, _reason in await tasks(scene, told)) == sorted(kinds * 2)


async def test_a_check_in_raises_flags_and_finds_needs(scene: Scene) -> None:
    told = await returned(scene)
    await answer(scene, told, "check_in", 3, {"roof": "no", "health": "urgent", "food": "some"})
    assert {flag.rule for flag in (await scene.flags(told)).values()} == {"check_in.no_roof", "check_in.health_urgent"}
    found = {need.kind: need.urgency for need in await scene.needs(told)}
    assert found == {
        NeedKind.INCOME: Urgency.URGENT,
        NeedKind.SHELTER: Urgency.EMERGENCY,
        NeedKind.HEALTH: Urgency.EMERGENCY,
    }


# Children


@pytest.mark.parametrize("maybe_child", ["yes", "unknown"])
async def test_whoever_may_be_a_child_is_asked_the_short_form_at_every_wave(scene: Scene, maybe_child: str) -> None:
    told = await returned(scene, {"maybe_child": maybe_child})
    await at(scene, days=89)
    requested = await scene.session.scalars(select(FormRequest.sheet_id).where(FormRequest.case_id == told.case.id))
    assert requested.all() == ["check_in"]
    await answer(scene, told, "check_in", 90, {"roof": "yes"})
    assert (await waves_by_code(scene, told))["month_3"].state is DONE


@pytest.mark.parametrize("maybe_child", ["yes", "unknown"])
async def test_whom_an_officer_finds_to_be_an_adult_is_asked_the_survey_and_every_question_of_it(
    scene: Scene, maybe_child: str
) -> None:
    told = await returned(scene, {"maybe_child": maybe_child})
    flag = (await scene.flags(told))[FlagKind.CHILD]
    officer = scene.staff[Role.CHILD_PROTECTION_OFFICER]
    await settle_flag(
        scene.session, told.case, flag.id, FlagOutcome.NOT_CONFIRMED, "Born 2001, I saw the papers.", actor=officer
    )
    await at(scene, days=89)
    assert await next_form(scene.session, told.case) == "reintegration"
    sheet = built_in_sheets()["reintegration"]
    begun = await begin_form(scene.session, told.case, told.key, sheet, "en")
    known = told.key.open(Submission.given, begun.id, begun.given)
    given = Given(clock.now(), known, "en")
    asked_names = {question.name for question in relevant_questions(sheet, {}, given)}
    assert {"E01", "S01", "P01"} <= asked_names
    await answer(scene, told, "reintegration", 90, {"E01": "ok"})
    assert (await waves_by_code(scene, told))["month_3"].state is DONE


@pytest.mark.parametrize("outcome", [FlagOutcome.CONFIRMED, FlagOutcome.RESOLVED])
async def test_whom_an_officer_finds_to_be_a_child_stays_one_whatever_the_form_says(
    scene: Scene, outcome: FlagOutcome
) -> None:
    told = await returned(scene, {"maybe_child": "unknown"})
    flag = (await scene.flags(told))[FlagKind.CHILD]
    officer = scene.staff[Role.CHILD_PROTECTION_OFFICER]
    await settle_flag(scene.session, told.case, flag.id, outcome, "Spoke with the school.", actor=officer)
    await at(scene, days=89)
    assert await next_form(scene.session, told.case) == "check_in"


async def test_an_adult_is_asked_the_survey_from_the_third_month_on(scene: Scene) -> None:
    told = await returned(scene)
    await at(scene, days=89)
    requested = await scene.session.scalars(select(FormRequest.sheet_id).where(FormRequest.case_id == told.case.id))
    assert requested.all() == ["reintegration"]


# Refusing


async def test_a_refusal_ends_this_wave_and_only_this(scene: Scene) -> None:
    told = await returned(scene)
    await at(scene, days=3)
    row = (await waves_by_code(scene, told))["day_3"]
    await refuse(scene.session, told.case, row.id, actor=PERSON)
    rows = await waves_by_code(scene, told)
    assert (rows["day_3"].state, rows["day_14"].state) == (REFUSED, PLANNED)
    assert await next_form(scene.session, told.case) is None
    await at(scene, days=8)
    assert len(await asked(scene, told)) == 1
    with pytest.raises(Conflict):
        await refuse(scene.session, told.case, row.id, actor=PERSON)
    assert (await outcomes(scene)) == {"day_3": "refused"}


async def test_stopping_ends_all_waves(scene: Scene) -> None:
    told = await returned(scene)
    await at(scene, days=3)
    assert await stop_asking(scene.session, told.case, actor=PERSON) == 7
    states = [row.state for row in (await waves_by_code(scene, told)).values()]
    assert states == [REFUSED, *[CLOSED] * 6]
    assert {facts["reason"] for facts in await events(scene, told, "closed")} == {"stopped_by_person"}
    assert await at(scene, days=400) == 0


async def test_a_wave_of_someone_else_is_not_there(scene: Scene) -> None:
    mine, theirs = await returned(scene), await returned(scene)
    row = (await waves_by_code(scene, theirs))["day_3"]
    for verb in (refuse, record_refusal, ask_by_phone):
        with pytest.raises(NotFound):
            await verb(scene.session, mine.case, row.id, actor=scene.staff[Role.CASEWORKER])


# What staff record


async def test_staff_record_what_they_were_told(scene: Scene) -> None:
    told, actor = await returned(scene), scene.staff[Role.CASEWORKER]
    rows = await waves_by_code(scene, told)
    with clock.moved_to(OPENED + timedelta(days=3)):
        assert await ask_by_phone(scene.session, told.case, rows["day_3"].id, actor=actor) == "check_in"
        assert await ask_by_phone(scene.session, told.case, rows["month_3"].id, actor=actor) == "reintegration"
    await record_refusal(scene.session, told.case, rows["day_14"].id, actor=actor)
    await close_wave(scene.session, told.case, rows["month_6"].id, "left_country", actor=actor)
    assert [rows[code].state for code in ("day_3", "month_3", "day_14", "month_6")] == [ASKED, ASKED, REFUSED, CLOSED]
    assert [facts["reason"] for facts in await events(scene, told, "closed")] == ["left_country"]
    with pytest.raises(Invalid):
        await close_wave(scene.session, told.case, rows["day_30"].id, "remigrated: failed", actor=actor)
    with pytest.raises(Conflict):
        await ask_by_phone(scene.session, told.case, rows["month_6"].id, actor=actor)


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.PARTNER, Role.MONITOR, Role.COMPLAINTS_OFFICER])
async def test_nobody_else_records_anything(scene: Scene, role: Role) -> None:
    told, actor = await returned(scene), scene.staff[role]
    row = (await waves_by_code(scene, told))["day_3"]
    for verb in (record_refusal, ask_by_phone):
        with pytest.raises(NotAllowed):
            await verb(scene.session, told.case, row.id, actor=actor)
    with pytest.raises(NotAllowed):
        await close_wave(scene.session, told.case, row.id, "not_wanted", actor=actor)
