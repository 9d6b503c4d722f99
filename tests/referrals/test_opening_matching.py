"""Matching of open needs to vacancies and courses: who is matched, in which order, and why."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opening_scene import day, knows, offer, post, supervisor_of
from referral_scene import Scene
from sqlalchemy import delete, select, update

from access.actor import PERSON
from cases.intake import begin_form, submit_form
from cases.models import Consent, Flag, Need, Person
from cases.rules import CaseStatus, ConsentState, FlagKind, NeedKind, NeedStatus, Urgency
from cases.safeguarding import raise_flag
from cases.sheets import newest
from cases.work_codes import take_codes
from cases.work_models import WorkCode
from documents.gathering import gather_file
from foundation import clock
from foundation.errors import Conflict
from foundation.language import say
from referrals.erasure import erase_person
from referrals.jobs import end_vetting, vet_employer
from referrals.opening_matching import (
    KEPT,
    PARTS,
    all_parts,
    match_case,
    match_part,
    parts_due,
    why,
)
from referrals.opening_models import MatchingRun, OpeningMatch, OpeningOutcome
from referrals.opening_rules import ANYONE, CLOSE, RELATED, SAME, EndReason, OpeningKind, Outcome
from referrals.outcomes import matches_of, note_outcome


async def matched(scene: Scene) -> list[OpeningMatch]:
    await match_case(scene.session, scene.case, actor=scene.caseworker)
    return await matches_of(scene.session, scene.case)


async def want_training(scene: Scene) -> None:
    need = Need(id=uuid4(), case_id=scene.case.id, kind=NeedKind.TRAINING, urgency=Urgency.NORMAL)
    need.status, need.raised_at = NeedStatus.OPEN, clock.now()
    scene.session.add(need)
    await scene.session.flush()


async def titles(scene: Scene) -> list[str]:
    return [each.opening.title for each in await matched(scene)]


async def test_the_nearest_occupation_comes_first_and_says_so(scene: Scene) -> None:
    await knows(scene, "7112")
    for title, isco in (("Roofer", "7121"), ("Cook", "5120"), ("Carpenter", "7115"), ("Bricklayer", "7112")):
        await post(scene, title=title, isco=isco)
    found = await matched(scene)
    assert [(each.opening.title, each.nearness) for each in found] == [
        ("Bricklayer", SAME),
        ("Carpenter", CLOSE),
        ("Roofer", RELATED),
    ]
    assert [say("en", why(each)[0]) for each in found] == [
        "The same occupation.",
        "An occupation close to theirs.",
        "A related occupation.",
    ]


async def test_a_group_of_occupations_is_related_and_no_more(scene: Scene) -> None:
    await take_codes(scene.session, scene.case.id, {"isced_level": "3", "job/1/isco": "71", "job/1/major": "7"})
    await post(scene)
    assert [each.nearness for each in await matched(scene)] == [RELATED]


async def test_then_the_area_the_language_the_wage_and_the_soonest(scene: Scene) -> None:
    await knows(scene, "7112")
    await post(scene, title="elsewhere", area="gm_basse")
    await post(scene, title="countrywide", area="")
    await post(scene, title="other language", languages="fr")
    await post(scene, title="paid less", wage_from="5000")
    await post(scene, title="later", starts_on=day(40))
    await post(scene, title="sooner", starts_on=day(30))
    assert await titles(scene) == ["sooner", "later", "paid less", "other language", "countrywide"]


async def test_at_most_five_stay_for_a_need(scene: Scene) -> None:
    await knows(scene, "7112")
    for _each in range(KEPT + 2):
        await post(scene)
    assert [each.rank for each in await matched(scene)] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    "changes",
    [
        {"country": "TN", "area": "", "currency": "TND"},
        {"isco": "5120"},
        {"level": "6"},
        {"places": "1"},
    ],
)
async def test_what_does_not_fit_is_not_matched(scene: Scene, changes: dict[str, str]) -> None:
    await knows(scene, "7112")
    await take_codes(scene.session, scene.case.id, {"isced_level": "3"})
    vacancy = await post(scene, **changes)
    if "places" in changes:
        vacancy.places_left = 0
    assert await titles(scene) == []


async def test_an_employer_who_is_not_vetted_is_offered_to_nobody(scene: Scene) -> None:
    await knows(scene, "7112")
    vacancy = await post(scene, vetted=False)
    assert await titles(scene) == []
    supervisor = await supervisor_of(scene)
    await vet_employer(scene.session, vacancy.id, clock.today(), actor=supervisor)
    assert await titles(scene) == ["Bricklayer"]
    with clock.moved_to(clock.now() + timedelta(days=1)):
        assert await titles(scene) == []
    await vet_employer(scene.session, vacancy.id, clock.today() + timedelta(days=9), actor=supervisor)
    await match_case(scene.session, scene.case, actor=scene.caseworker)
    await end_vetting(scene.session, vacancy.id, actor=supervisor)
    assert await matches_of(scene.session, scene.case) == []


async def test_what_expired_after_the_matching_is_not_shown(scene: Scene) -> None:
    await knows(scene, "7112")
    await post(scene, apply_until=day(2))
    assert await titles(scene) == ["Bricklayer"]
    with clock.moved_to(clock.now() + timedelta(days=3)):
        assert await matches_of(scene.session, scene.case) == []


async def test_a_level_that_nobody_noted_rules_nothing_out_and_is_said(scene: Scene) -> None:
    await knows(scene, "7112")
    await post(scene, level="4")
    (found,) = await matched(scene)
    assert "It asks for a level of education that nobody has noted for the person." in [
        say("en", each) for each in why(found)
    ]


async def test_a_course_is_matched_by_what_it_leads_to_and_each_course_once(scene: Scene) -> None:
    await want_training(scene)
    await knows(scene, "7112", "7115")
    await offer(scene, title="for both", occupations="7112 7115 7126")
    await offer(scene, title="close", occupations="711")
    await offer(scene, title="cooking", occupations="5120")
    await offer(scene, title="reading", occupations="")
    found = await matched(scene)
    assert [(each.opening.title, each.nearness) for each in found] == [
        ("for both", SAME),
        ("close", CLOSE),
        ("reading", ANYONE),
    ]


async def test_a_course_for_anyone_reaches_those_of_whom_no_occupation_is_known(scene: Scene) -> None:
    await want_training(scene)
    await offer(scene, title="dear", occupations="", cost="500", currency="GMD")
    await offer(scene, title="free", occupations="")
    assert await titles(scene) == ["free", "dear"]


async def test_a_job_fair_is_for_those_who_look_for_work(scene: Scene) -> None:
    await offer(scene, title="fair", kind="job_fair", occupations="")
    (found,) = await matched(scene)
    assert (found.kind, found.need_kind) == (OpeningKind.JOB_FAIR, NeedKind.WORK)


async def test_no_job_for_a_child(scene: Scene) -> None:
    await knows(scene, "7112")
    vacancy = await post(scene)
    await raise_flag(scene.session, scene.case, FlagKind.CHILD, "test", actor=scene.caseworker)
    await scene.session.flush()
    assert await titles(scene) == []
    with pytest.raises(Conflict):
        await note_outcome(
            scene.session, scene.case, OpeningKind.VACANCY, vacancy.id, Outcome.TOLD, actor=scene.caseworker
        )
    await scene.session.execute(delete(Flag).where(Flag.case_id == scene.case.id))
    assert await titles(scene) == ["Bricklayer"]


async def test_without_agreement_to_data_or_an_open_need_nothing_is_matched(scene: Scene) -> None:
    await knows(scene, "7112")
    await post(scene)
    needs = update(Need).where(Need.case_id == scene.case.id)
    consents = update(Consent).where(Consent.person_id == scene.person_id)
    for statement, back in (
        (needs.values(status=NeedStatus.MET), needs.values(status=NeedStatus.OPEN)),
        (consents.values(state=ConsentState.WITHDRAWN), consents.values(state=ConsentState.GIVEN)),
    ):
        assert await titles(scene) == ["Bricklayer"]
        await scene.session.execute(statement)
        assert await titles(scene) == []
        await scene.session.execute(back)


async def test_the_persons_no_and_what_is_over_are_not_matched_again(scene: Scene) -> None:
    await knows(scene, "7112")
    declined, ended = await post(scene, title="declined"), await post(scene, title="ended")
    await post(scene, title="new")

    async def note(opening_id: UUID, outcome: Outcome, reason: EndReason | None = None) -> None:
        await note_outcome(
            scene.session,
            scene.case,
            OpeningKind.VACANCY,
            opening_id,
            outcome,
            reason=reason,
            actor=scene.caseworker,
        )

    await note(declined.id, Outcome.NOT_INTERESTED)
    await note(ended.id, Outcome.INTERESTED)
    await note(ended.id, Outcome.ENDED, EndReason.FAMILY)
    await match_case(scene.session, scene.case, actor=scene.caseworker)
    kept = await scene.session.scalars(select(OpeningMatch.vacancy_id).where(OpeningMatch.case_id == scene.case.id))
    assert len(kept.all()) == 1
    assert await titles(scene) == ["new"]


async def test_every_part_is_matched_once_a_day(scene: Scene) -> None:
    await knows(scene, "7112")
    await post(scene)
    due = await parts_due(scene.session)
    assert due == all_parts()
    assert len(due) == PARTS
    for part in due:
        await match_part(scene.session, part)
    await scene.session.flush()
    assert await parts_due(scene.session) == []
    assert len((await scene.session.scalars(select(OpeningMatch))).all()) == 1
    with clock.moved_to(clock.now() + timedelta(days=1)):
        assert await parts_due(scene.session) == due
        await match_part(scene.session, due[0])
        runs = (await scene.session.scalars(select(MatchingRun))).all()
        assert [(run.part, run.day) for run in runs] == [(due[0], clock.today())]
    assert len((await scene.session.scalars(select(OpeningMatch))).all()) == 1


@given(st.uuids())
def test_every_case_lies_in_exactly_one_part(case_id: UUID) -> None:
    size = all_parts()[1].int
    assert sum(part.int <= case_id.int <= part.int + size - 1 for part in all_parts()) == 1


async def test_an_older_assessment_is_taken_up_by_the_nightly_matching(scene: Scene) -> None:
    sheet = await newest(scene.session, "skills")
    begun = await begin_form(scene.session, scene.case, scene.key, sheet, "en", filled_by=scene.caseworker.id)
    await scene.session.flush()
    answers = {"isced_level": "2", "job/1/major": "7", "job/1/isco": "71", "wanted_major": "5", "wanted_isco": "51"}
    await submit_form(scene.session, begun.id, scene.key, answers, actor=scene.caseworker)
    taken = {("isco08", "71", "done"), ("isco08", "51", "wanted"), ("isced", "2", "done")}

    async def known() -> set[tuple[str, str, str]]:
        rows = await scene.session.execute(select(WorkCode.scheme, WorkCode.code, WorkCode.origin))
        return {tuple(row) for row in rows}

    assert await known() == taken
    await scene.session.execute(delete(WorkCode))
    for part in all_parts():
        await match_part(scene.session, part)
    assert await known() == taken


async def test_it_stands_in_the_persons_own_file_and_goes_with_them(scene: Scene) -> None:
    await knows(scene, "7112")
    vacancy = await post(scene)
    await matched(scene)
    await note_outcome(scene.session, scene.case, OpeningKind.VACANCY, vacancy.id, Outcome.TOLD, actor=scene.caseworker)
    person = await scene.session.get_one(Person, scene.person_id)
    told = await gather_file(scene.session, person, scene.case, scene.key, "The house")
    assert [(each.title, each.outcome) for each in told.jobs] == [("Bricklayer", Outcome.TOLD)]
    assert [(each.scheme, each.code) for each in told.work_codes] == [("isco08", "7112")]
    await erase_person(scene.session, scene.person_id, actor=PERSON)
    for table in (OpeningMatch, OpeningOutcome, WorkCode):
        assert (await scene.session.scalars(select(table))).all() == []


async def test_a_closed_case_is_not_looked_at(scene: Scene) -> None:
    scene.case.status = CaseStatus.CLOSED
    with pytest.raises(Conflict):
        await match_case(scene.session, scene.case, actor=scene.caseworker)
