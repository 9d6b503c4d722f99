"""Results are sealed, keep the versions that made them, and never meet results of other versions in one mean."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from case_scene import Scene, Told
from sqlalchemy import select

from access.actor import Actor
from access.rules import Role
from cases.erasure import erase_person
from cases.followup_steps import follow_ups_of
from cases.models import Case, Flag, SurveyResult, Task
from cases.reached import reached
from cases.rules import FlagKind, FollowUpState, Phase, TaskKind
from cases.safeguarding import open_flags
from cases.surveys import FEWEST, INSTRUMENTS, INTERIM, interim_weights, results_of, use_weights, weights_in_force
from cases.tasks import open_task
from cases.worklist import list_tasks, settle_visible
from foundation import clock
from foundation.audit import AuditEntry
from foundation.errors import NotAllowed, NotFound
from questionnaire.scoring import ScoringRefused
from questionnaire.sheet import Answer

OPENED = datetime(2026, 1, 10, 12, tzinfo=UTC)
GOOD: dict[str, Answer] = {
    "E01": "very_satisfied",
    "E02": "never",
    "E03": "yes",
    "E04": "never",
    "E05": "no_debt",
    "E06": "very_good",
    "E07": "yes",
    "E08": "any",
    "E09": "no",
    **dict.fromkeys(["S01", "S02", "S03", "S05", "S07", "S08", "S09", "S10"], "very_good"),
    "S06": "yes",
    "school_age_children": "no",
    "P01": "very_often",
    "P02": "very_good",
    "P03": "strongly_agree",
    "P04": "very_safe",
    "P05": "never",
    "P06": "never",
    "P07": "never",
    "P08": "no",
    "P09": "yes",
}
POOR: dict[str, Answer] = {**GOOD, "E01": "very_dissatisfied", "E02": "very_often", "E03": "no", "E04": "very_often"}
OWN_WEIGHTS = "typed-in-1"


async def answered(scene: Scene, answers: dict[str, Answer], *, months: int = 3) -> Told:
    """Someone back since the opening, who sent the survey so long after."""
    with clock.moved_to(OPENED):
        told = await scene.tell({"back_already": "yes"}, needs={"income": "yes"})
    with clock.moved_to(OPENED + timedelta(days=30 * months)):
        await scene.submit(told, "reintegration", answers)
    return told


@pytest.fixture(autouse=True)
def _interim_again() -> Iterator[None]:
    yield
    use_weights(None)


@pytest.fixture
def own_weights(tmp_path: Path) -> Path:
    """Weights as a deployment would type them in."""
    plain = json.loads((INSTRUMENTS / f"{INTERIM}.json").read_text())
    changed = {"version": OWN_WEIGHTS, "dimension": {**plain["dimension"], "E01": "0.19", "E02": "0.01"}}
    path = tmp_path / "weights.json"
    path.write_text(json.dumps({**plain, **changed}))
    return path


async def test_a_result_is_sealed_and_says_what_made_it(scene: Scene) -> None:
    told = await answered(scene, POOR)
    row = (await scene.session.scalars(select(SurveyResult))).one()
    assert (row.instrument_version, row.weights_version) == ("handbook-30-paraphrase-1", "interim-equal-1")
    opened = told.key.open(SurveyResult.scores, row.submission_id, row.scores)
    assert opened["economic"] == "0.600000"
    assert (opened["composite"], opened["exact"]["composite"]) == ("0.866667", "13/15")
    (result,) = await results_of(scene.session, told.case, told.key)
    assert result.values["economic"] == Fraction(3, 5)
    assert result.bands == {
        "economic": "medium_need",
        "social": "low_need",
        "psychosocial": "low_need",
        "composite": "low_need",
    }
    assert (result.answered, result.expected, result.red_flags) == (29, 29, ())
    (entry,) = await scene.session.scalars(select(AuditEntry).where(AuditEntry.event == "survey.scored"))
    assert entry.facts == {
        "submission": str(row.submission_id),
        "instrument": "handbook-30-paraphrase-1",
        "weights": "interim-equal-1",
        "answered": 29,
        "expected": 29,
    }


@pytest.mark.parametrize("answers", [{"P07": "very_often"}, {"P08": "yes"}, {**GOOD, "P08": "yes"}])
async def test_distress_opens_a_task_whatever_the_score(scene: Scene, answers: dict[str, Answer]) -> None:
    told = await answered(scene, answers)
    row = (await scene.session.scalars(select(SurveyResult))).one()
    (task,) = await scene.session.scalars(select(Task).where(Task.case_id == told.case.id))
    assert (task.kind, task.reason) == (TaskKind.DISTRESS, str(row.submission_id))
    assert told.case.attention_at is not None


async def test_a_good_score_switches_no_flag_off(scene: Scene) -> None:
    with clock.moved_to(OPENED):
        told = await scene.tell({"back_already": "yes"}, needs={"fear": "yes", "place_tonight": "no"})
    before = {flag.kind for flag in await open_flags(scene.session, told.case.id)}
    await scene.submit(told, "reintegration", GOOD)
    assert {flag.kind for flag in await open_flags(scene.session, told.case.id)} == before
    assert before == {FlagKind.FEAR_OF_RETURN, FlagKind.NO_SAFE_PLACE}
    assert (await scene.session.scalars(select(Flag.settled_at))).all() == [None, None]


async def test_the_wish_to_leave_is_no_failure(scene: Scene) -> None:
    """It lowers nothing but its own two items, opens no task and raises no flag."""
    told = await answered(scene, {**GOOD, "P09": "no", "P10": "need_to_leave"})
    (result,) = await results_of(scene.session, told.case, told.key)
    assert result.red_flags == ()
    assert (await scene.session.scalars(select(Task))).all() == []
    assert await open_flags(scene.session, told.case.id) == []
    assert told.case.phase is not Phase.CLOSED


async def test_new_weights_change_no_old_result(scene: Scene, own_weights: Path) -> None:
    told = await answered(scene, POOR)
    use_weights(own_weights)
    assert weights_in_force().version == OWN_WEIGHTS
    with clock.moved_to(OPENED + timedelta(days=180)):
        await scene.submit(told, "reintegration", POOR)
    first, second = await results_of(scene.session, told.case, told.key)
    assert (first.weights_version, first.values["economic"]) == (INTERIM, Fraction(3, 5))
    # With these weights the first item counts nearly double.
    assert (second.weights_version, second.values["economic"]) == (OWN_WEIGHTS, Fraction(3, 5))
    assert first.values == {**second.values}
    with clock.moved_to(OPENED + timedelta(days=365)):
        await scene.submit(told, "reintegration", {**POOR, "E02": "never"})
    third = (await results_of(scene.session, told.case, told.key))[-1]
    assert third.values["economic"] == Fraction(61, 100)


def test_faulty_weights_are_not_used_in_silence(tmp_path: Path) -> None:
    (tmp_path / "faulty.json").write_text("{}")
    with pytest.raises(ScoringRefused):
        use_weights(tmp_path / "faulty.json")
    with pytest.raises(OSError, match="No such file"):
        use_weights(tmp_path / "missing.json")
    assert weights_in_force() is interim_weights()


def test_other_weights_cannot_go_by_the_name_of_the_interim_ones(own_weights: Path) -> None:
    own_weights.write_text(own_weights.read_text().replace(OWN_WEIGHTS, INTERIM))
    with pytest.raises(ScoringRefused, match="a name of their own"):
        use_weights(own_weights)


def test_what_comes_with_the_program_is_not_called_official() -> None:
    assert not interim_weights().official
    assert weights_in_force() is interim_weights()


async def test_a_result_dies_with_the_person(scene: Scene) -> None:
    told = await answered(scene, GOOD)
    await erase_person(scene.session, told.key.subject_id, actor=scene.staff[Role.SUPERVISOR])
    assert (await scene.session.scalars(select(SurveyResult))).all() == []
    assert await follow_ups_of(scene.session, told.case.id) == []


# Overview


async def ask_all(scene: Scene) -> None:
    """What the worker has made of the waves by the fourth month, without its messages."""
    for case in await scene.session.scalars(select(Case)):
        for row in await follow_ups_of(scene.session, case.id):
            if row.wave == "month_3" and row.state is FollowUpState.PLANNED:
                row.state = FollowUpState.UNREACHABLE
    await scene.session.flush()


async def test_the_share_reached_stands_beside_the_mean_of_ten(scene: Scene) -> None:
    supervisor = scene.staff[Role.SUPERVISOR]
    for answers in [GOOD] * 5 + [POOR] * (FEWEST - 6):
        await answered(scene, answers)
    with clock.moved_to(OPENED):
        await scene.tell({"back_already": "yes"}, needs={"income": "yes"})
    await ask_all(scene)
    with clock.moved_to(OPENED + timedelta(days=120)):
        line = next(each for each in await reached(scene.session, supervisor) if each.wave == "month_3")
        assert (line.due, line.asked, line.answered, line.unreachable, line.means) == (10, 10, 9, 1, [])
        assert line.share == Fraction(9, 10)
        await answered(scene, POOR)
        line = next(each for each in await reached(scene.session, supervisor) if each.wave == "month_3")
    (mean,) = line.means
    assert (mean.count, mean.weights_version) == (10, INTERIM)
    assert mean.composite == (5 + 5 * Fraction(13, 15)) / 10


async def test_versions_never_meet_in_one_mean(scene: Scene, own_weights: Path) -> None:
    for _each in range(FEWEST):
        await answered(scene, GOOD)
    use_weights(own_weights)
    for _each in range(FEWEST):
        await answered(scene, POOR)
    with clock.moved_to(OPENED + timedelta(days=120)):
        line = next(
            each for each in await reached(scene.session, scene.staff[Role.SUPERVISOR]) if each.wave == "month_3"
        )
    assert [(mean.weights_version, mean.count, mean.composite) for mean in line.means] == [
        (INTERIM, 10, Fraction(1)),
        (OWN_WEIGHTS, 10, Fraction(13, 15)),
    ]


async def test_only_a_supervisor_compares(scene: Scene) -> None:
    for role in Role:
        if role is not Role.SUPERVISOR:
            with pytest.raises(NotAllowed):
                await reached(scene.session, scene.staff[role])


# Tasks


async def test_tasks_stand_in_the_order_in_which_they_are_due(scene: Scene) -> None:
    told = await answered(scene, GOOD)
    actor, colleague = scene.staff[Role.CASEWORKER], scene.staff[Role.PROTECTION_OFFICER]
    with clock.moved_to(OPENED):
        for kind in (TaskKind.UNREACHABLE, TaskKind.DISTRESS, TaskKind.DISCLOSURE):
            await open_task(scene.session, told.case, kind, "a reason", actor=actor)
    told.case.owner_id = colleague.id
    await scene.session.flush()
    with clock.moved_to(OPENED + timedelta(hours=30)):
        found = await list_tasks(scene.session, actor)
        assert [row.task.kind for row in found.rows] == [TaskKind.DISCLOSURE, TaskKind.DISTRESS, TaskKind.UNREACHABLE]
        assert [row.is_overdue for row in found.rows] == [True, True, False]
        assert (found.total, found.overdue, found.rows[0].called) == (3, 2, "Fatou Jallow")
        assert (await list_tasks(scene.session, actor, mine=True)).rows == []
        assert (await list_tasks(scene.session, colleague, mine=True)).total == 3
        await settle_visible(scene.session, found.rows[0].task.id, actor=actor)
        await scene.session.flush()
        assert (await list_tasks(scene.session, actor)).total == 2


async def test_a_task_of_a_case_out_of_sight_is_not_there(scene: Scene) -> None:
    told = await answered(scene, {"P08": "yes"})
    (task,) = await scene.session.scalars(select(Task))
    elsewhere = scene.add_staff(Role.CASEWORKER, scene.operator, team="TN")
    await scene.session.flush()
    assert (await list_tasks(scene.session, elsewhere)).rows == []
    with pytest.raises(NotFound):
        await settle_visible(scene.session, task.id, actor=elsewhere)
    assert task.done_at is None
    assert told.case.team == "GM"
    for actor in (scene.staff[Role.MONITOR], Actor(elsewhere.id, None)):
        with pytest.raises(NotAllowed):
            await list_tasks(scene.session, actor)
