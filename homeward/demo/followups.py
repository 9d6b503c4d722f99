"""What became of the follow-up of the example people: most answer, some refuse, some are not reached."""

from datetime import UTC, datetime, time, timedelta
from random import Random

from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import PERSON, SYSTEM
from cases.followup import refuse
from cases.followup_steps import end, follow_ups_of, form_of, move
from cases.intake import begin_form, submit_form
from cases.models import Case, FollowUp
from cases.rules import FollowUpState, TaskKind
from cases.sheets import newest
from cases.tasks import open_task, open_tasks
from cases.waves import ask_on, waves_in_force
from foundation import clock
from foundation.sealing import SubjectKey
from questionnaire.sheet import SELECTS, Answer, Kind, Sheet

ANSWERED, REFUSED = 0.65, 0.72
"""Of a hundred people that are asked; the rest are not reached."""
ROUND = timedelta(days=14)
SETTLED = 0.95
SELDOM: dict[str, dict[str, float]] = {
    "safe": {"no": 0.2, "unsaid": 0.3},
    "roof": {"no": 0.1, "for_now": 0.5},
    "health": {"urgent": 0.05, "some": 0.5},
    "talk": {"yes": 0.15, "unsaid": 0.3},
    "P07": {"very_often": 0.1},
    "P08": {"yes": 0.1},
    "P09": {"no": 0.3},
}
"""Weights below 1. "I don't know" and "I do not wish to answer" are seldom everywhere."""
UNSAID = 0.08
ASKED_AFTER = {"E10": ("E09", "yes"), "S04": ("school_age_children", "yes"), "P10": ("P09", "no")}


async def follow_up(session: AsyncSession, case: Case, key: SubjectKey, opened: datetime) -> None:
    """Let the waves happen that would have come by now."""
    chance, today = Random(f"follow-up {opened.isoformat()}"), clock.now()  # noqa: S311  # examples, not secrets
    for row in await follow_ups_of(session, case.id):
        moment = datetime.combine(row.due_on, time(11), UTC)
        if row.state is FollowUpState.PLANNED and moment < today:
            await _happen(session, case, key, row, chance, moment)
    await _settle_tasks(session, case, chance)


async def _settle_tasks(session: AsyncSession, case: Case, chance: Random) -> None:
    """The caseworker has seen to nearly all that was due; a few are late, as anywhere."""
    for task in await open_tasks(session, case.id):
        if case.owner_id is not None and task.due_at < clock.now() and chance.random() < SETTLED:
            task.done_at, task.done_by = task.created_at + (task.due_at - task.created_at) / 2, case.owner_id


async def _happen(
    session: AsyncSession, case: Case, key: SubjectKey, row: FollowUp, chance: Random, moment: datetime
) -> None:
    over, luck = moment + ROUND < clock.now(), chance.random()
    with clock.moved_to(moment):
        move(row, FollowUpState.ASKED)
        row.attempts, row.next_at = 1, ask_on(row.due_on + timedelta(days=5), UTC)
    if luck < ANSWERED:
        with clock.moved_to(min(moment + timedelta(hours=chance.randrange(1, 100)), clock.now())):
            await _answer(session, case, key, row, chance)
    elif luck < REFUSED:
        with clock.moved_to(moment):
            await refuse(session, case, row.id, actor=PERSON)
    elif over:
        row.attempts = 3
        with clock.moved_to(moment + ROUND):
            await end(session, case, row, FollowUpState.UNREACHABLE, "followup.unreachable", actor=SYSTEM)
        if clock.now() - moment < ROUND * 2:
            await open_task(session, case, TaskKind.UNREACHABLE, row.wave, actor=SYSTEM)


async def _answer(session: AsyncSession, case: Case, key: SubjectKey, row: FollowUp, chance: Random) -> None:
    wave = waves_in_force().find(case.country, row.wave)
    if wave is None:
        return
    sheet = await newest(session, await form_of(session, case, wave))
    begun = await begin_form(session, case, key, sheet, "en")
    await session.flush()
    await submit_form(session, begun.id, key, _answers(sheet, chance), actor=PERSON)
    await session.flush()


def _answers(sheet: Sheet, chance: Random) -> dict[str, Answer]:
    answers: dict[str, Answer] = {}
    for question in sheet.questions:
        name, (other, code) = question.name, ASKED_AFTER.get(question.name, ("", ""))
        if question.kind is Kind.NOTE:
            answers[name] = True
        elif question.kind in SELECTS and (not other or answers.get(other) == code):
            codes = [choice.code for choice in question.choices]
            unsaid = dict.fromkeys(["dont_know", "prefer_not_to_answer"], UNSAID)
            weights = [{**unsaid, **SELDOM.get(name, {})}.get(each, 1.0) for each in codes]
            answers[name] = chance.choices(codes, weights)[0]
    return answers
