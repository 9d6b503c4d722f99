"""Vacancies and courses: entered, checked, vetted, closed, read from files; and what came of them for a person."""

from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opening_scene import course_values, day, offer, post, vacancy_values
from referral_scene import Scene
from sqlalchemy import select

from access.actor import SYSTEM
from foundation import clock
from foundation.audit import AuditEntry
from foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from referrals.jobs import add_vacancy, change_vacancy, read_vacancy, vet_employer
from referrals.opening_files import FileRefused, import_rows, read_file
from referrals.opening_models import Course, Vacancy
from referrals.opening_reading import COURSE_FIELDS, VACANCY_FIELDS, Faulty
from referrals.opening_rules import (
    OUTCOME_STEPS,
    OVER,
    TAKES_A_PLACE,
    EndReason,
    OpeningKind,
    OpeningStatus,
    Outcome,
)
from referrals.openings import Narrowing, close, expire_openings, find_opening, listed
from referrals.outcomes import note_outcome
from referrals.training import change_course, read_course


def faults(values: dict[str, str], *, is_course: bool = False) -> set[str]:
    with pytest.raises(Faulty) as refused:
        (read_course if is_course else read_vacancy)(values)
    return {each.field for each in refused.value.faults}


async def events(scene: Scene) -> list[str]:
    await scene.session.flush()
    rows = await scene.session.scalars(select(AuditEntry.event).order_by(AuditEntry.id))
    return [each for each in rows if each.startswith(("opening", "employer"))]


async def note(scene: Scene, opening: Vacancy | Course, outcome: Outcome, reason: EndReason | None = None) -> None:
    await note_outcome(
        scene.session, scene.case, opening.kind, opening.id, outcome, reason=reason, actor=scene.caseworker
    )


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"title": ""}, {"title"}),
        ({"title": "x" * 201}, {"title"}),
        ({"title": "a\0b"}, {"title"}),
        ({"isco": "71"}, {"isco"}),
        ({"isco": "9999"}, {"isco"}),
        ({"isco": "٧١١٢"}, {"isco"}),
        ({"country": "other"}, {"country", "area"}),
        ({"area": "tn_greater_tunis"}, {"area"}),
        ({"currency": ""}, {"currency"}),
        ({"currency": "XXX"}, {"currency"}),
        ({"wage_from": "many"}, {"wage_from"}),
        ({"period": ""}, {"period"}),
        ({"wage_to": "8000"}, {"wage_to"}),
        ({"wage_from": "", "wage_to": "8000"}, {"wage_from"}),
        ({"hours": "85"}, {"hours"}),
        ({"hours": "9" * 40}, {"hours"}),
        ({"contract": "slavery"}, {"contract"}),
        ({"languages": "klingon!"}, {"languages"}),
        ({"level": "9"}, {"level"}),
        ({"apply_until": "tomorrow"}, {"apply_until"}),
        ({"places": "0", "employer": " "}, {"places", "employer"}),
    ],
)
def test_every_fault_of_a_vacancy_is_named(changes: dict[str, str], wrong: set[str]) -> None:
    assert faults(vacancy_values(**changes)) >= wrong
    assert faults(vacancy_values(**changes)) <= wrong | {"currency", "wage_from", "wage_to"}


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"kind": "vacancy"}, "kind"),
        ({"field": "77"}, "field"),
        ({"occupations": "7112 ABCD"}, "occupations"),
        ({"starts_on": ""}, "ends_on"),
        ({"cost": "10"}, "currency"),
    ],
)
def test_every_fault_of_a_course_is_named(changes: dict[str, str], wrong: str) -> None:
    assert faults(course_values(**changes), is_course=True) == {wrong}


@given(st.dictionaries(st.sampled_from([*VACANCY_FIELDS, *COURSE_FIELDS]), st.text(max_size=30)))
def test_whatever_is_written_is_read_or_refused(values: dict[str, str]) -> None:
    for read in (read_vacancy, read_course):
        with suppress(Faulty):
            assert read(values).common.title == values["title"].strip()


def test_wages_are_compared_by_the_month_in_the_countrys_currency() -> None:
    async_free = Vacancy()
    for period, wage, hours, monthly in (
        ("month", "9000", "", Decimal("9000.00")),
        ("year", "12000", "", Decimal("1000.00")),
        ("week", "120", "", Decimal("520.00")),
        ("hour", "3", "20", Decimal("260.00")),
    ):
        read_vacancy(vacancy_values(period=period, wage_from=wage, hours=hours)).write(async_free)
        assert async_free.monthly == monthly
    read_vacancy(vacancy_values(currency="EUR", wage_from="9")).write(async_free)
    assert async_free.monthly is None


async def test_a_partner_enters_what_is_their_own_and_reads_nothing_else(scene: Scene) -> None:
    vacancy = await post(scene, vetted=False)
    assert await events(scene) == ["opening.entered"]
    with pytest.raises(NotFound):
        await find_opening(scene.session, scene.other_partner, Vacancy, vacancy.id)
    with pytest.raises(NotFound):
        await close(scene.session, Vacancy, vacancy.id, actor=scene.other_partner)
    with pytest.raises(NotAllowed):
        await add_vacancy(
            scene.session,
            read_vacancy(vacancy_values()),
            organisation_id=vacancy.organisation_id,
            actor=scene.other_partner,
        )
    with pytest.raises(NotAllowed):
        await close(scene.session, Vacancy, vacancy.id, actor=scene.caseworker)
    everything = Narrowing()
    assert await listed(scene.session, scene.other_partner, Vacancy, everything, first=0, most=9) == []
    assert await listed(scene.session, scene.caseworker, Vacancy, everything, first=0, most=9) == [vacancy]


async def test_a_service_of_another_organisation_cannot_be_named(scene: Scene) -> None:
    assert scene.other_partner.organisation_id
    with pytest.raises(Invalid):
        await add_vacancy(
            scene.session,
            read_vacancy(vacancy_values()),
            organisation_id=scene.other_partner.organisation_id,
            service_id=scene.service.id,
            actor=scene.other_partner,
        )


async def test_who_enters_vacancies_does_not_vet_their_employers(scene: Scene) -> None:
    vacancy = await post(scene, vetted=False)
    for actor in (scene.partner, scene.caseworker):
        with pytest.raises(NotAllowed):
            await vet_employer(scene.session, vacancy.id, clock.today(), actor=actor)


async def test_vetting_holds_for_an_employer_with_all_their_vacancies_and_for_no_other(scene: Scene) -> None:
    first = await post(scene)
    second = await post(scene, vetted=False)
    assert second.vetted_until == first.vetted_until
    await change_vacancy(
        scene.session, second.id, read_vacancy(vacancy_values(employer="Someone else")), actor=scene.partner
    )
    assert (second.vetted_by, second.vetted_at, second.vetted_until) == (None, None, None)
    other = await post(scene, vetted=False, employer="A third")
    assert not other.is_vetted


async def test_what_nobody_can_apply_for_is_closed_by_the_worker_and_opens_again(scene: Scene) -> None:
    vacancy, course = await post(scene, apply_until=day(1)), await offer(scene, apply_until=day(5))
    with clock.moved_to(clock.now() + timedelta(days=2)):
        assert await expire_openings(scene.session) == 1
        assert await expire_openings(scene.session) == 0
        assert (vacancy.status, course.status) == (OpeningStatus.EXPIRED, OpeningStatus.OPEN)
        values = vacancy_values(reference=vacancy.reference)
        await change_vacancy(scene.session, vacancy.id, read_vacancy(values), actor=scene.partner)
        assert vacancy.status == OpeningStatus.OPEN
    assert "opening.expired" in await events(scene)


async def test_a_closed_one_does_not_close_twice(scene: Scene) -> None:
    course = await offer(scene)
    await close(scene.session, Course, course.id, actor=scene.partner)
    with pytest.raises(Conflict):
        await close(scene.session, Course, course.id, actor=scene.partner)


async def test_fewer_places_than_are_taken_are_refused(scene: Scene) -> None:
    course = await offer(scene, places="3")
    for outcome in (Outcome.INTERESTED, Outcome.ENROLLED):
        await note(scene, course, outcome)
    assert course.places_left == 2
    values = course_values(reference=course.reference, places="2")
    await change_course(scene.session, course.id, read_course(values), actor=scene.partner)
    assert course.places_left == 1
    course.places_left = 0
    values = course_values(reference=course.reference, places="1")
    with pytest.raises(Conflict):
        await change_course(scene.session, course.id, read_course(values), actor=scene.partner)


async def test_a_seat_is_taken_on_enrolling_and_comes_back_before_the_start_only(scene: Scene) -> None:
    course = await offer(scene, places="1")
    for outcome in (Outcome.TOLD, Outcome.INTERESTED, Outcome.ENROLLED):
        await note(scene, course, outcome)
    assert course.places_left == 0
    await note(scene, course, Outcome.DROPPED_OUT, EndReason.FAMILY)
    assert course.places_left == 1
    late = await offer(scene, places="1")
    for outcome in (Outcome.INTERESTED, Outcome.ENROLLED):
        await note(scene, late, outcome)
    with clock.moved_to(clock.now() + timedelta(days=60)):
        await note(scene, late, Outcome.DROPPED_OUT, EndReason.FAMILY)
    assert late.places_left == 0


async def test_without_a_place_nobody_starts(scene: Scene) -> None:
    vacancy = await post(scene, places="1")
    for outcome in (Outcome.INTERESTED, Outcome.APPLIED):
        await note(scene, vacancy, outcome)
    vacancy.places_left = 0
    with pytest.raises(Conflict):
        await note(scene, vacancy, Outcome.STARTED)


async def test_an_outcome_that_cannot_follow_is_refused_and_an_end_says_why(scene: Scene) -> None:
    vacancy = await post(scene)
    with pytest.raises(Conflict):
        await note(scene, vacancy, Outcome.STARTED)
    await note(scene, vacancy, Outcome.TOLD)
    with pytest.raises(Conflict):
        await note(scene, vacancy, Outcome.STAYED_6)
    await note(scene, vacancy, Outcome.INTERESTED)
    with pytest.raises(Invalid):
        await note(scene, vacancy, Outcome.ENDED)
    with pytest.raises(Invalid):
        await note(scene, vacancy, Outcome.APPLIED, EndReason.OTHER)
    await note(scene, vacancy, Outcome.ENDED, EndReason.NOT_CHOSEN)
    assert (await events(scene)).count("opening.outcome") == 3


@given(st.sampled_from(OpeningKind), st.lists(st.sampled_from(Outcome), max_size=12))
def test_on_every_way_a_place_is_taken_at_most_once_and_given_back_at_most_once(
    kind: OpeningKind, wished: list[Outcome]
) -> None:
    steps = OUTCOME_STEPS[kind]
    here, taken = Outcome.SUGGESTED, []
    for outcome in wished:
        if outcome in steps[here]:
            taken.append(outcome in TAKES_A_PLACE)
            here = outcome
    changes = sum(before != after for before, after in zip([False, *taken], taken, strict=False))
    assert changes <= 2
    assert all(steps[each] <= set(steps) for each in steps)
    assert not any(
        steps[each] - {Outcome.INTERESTED, Outcome.CERTIFIED}
        for each in steps
        if each in OVER and (kind is not OpeningKind.COURSE or each is not Outcome.ATTENDED)
    )


def table(rows: list[dict[str, str]]) -> bytes:
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [names, *([row.get(name, "") for name in names] for row in rows)]
    return "\n".join(",".join(f'"{cell}"' for cell in line) for line in lines).encode()


async def test_a_file_is_entered_and_written_anew_by_reference(scene: Scene) -> None:
    rows = [
        {"organisation": "Jalambang Skills", "service": str(scene.service.id), **vacancy_values()} for _each in "ab"
    ]
    first = await import_rows(scene.session, read_file(table(rows), OpeningKind.VACANCY), actor=SYSTEM)
    assert (first.added, first.changed) == (2, 0)
    rows[0]["title"] = "Mason"
    second = await import_rows(scene.session, read_file(table(rows), OpeningKind.VACANCY), actor=SYSTEM)
    assert (second.added, second.changed) == (0, 2)
    found = await scene.session.scalars(select(Vacancy.title).order_by(Vacancy.title))
    assert found.all() == ["Bricklayer", "Mason"]


def test_every_fault_of_a_file_is_told_by_row_and_column() -> None:
    good = {"organisation": "X", **course_values()}
    rows = [good, {**good}, {**good, "reference": "b", "field": "1"}, {**good, "reference": "c", "service": "?"}]
    with pytest.raises(FileRefused) as refused:
        read_file(table(rows), OpeningKind.COURSE)
    assert [(each.row, each.column) for each in refused.value.problems] == [
        (3, "reference"),
        (4, "field"),
        (5, "service"),
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"a\0b",
        b'"open',
        b"title,title\n",
        b"nonsense\nx",
        b"title\nx,y,z",
        b"x" * (5 * 1024 * 1024 + 1),
    ],
)
def test_what_is_no_such_file_is_refused(content: bytes) -> None:
    with pytest.raises(FileRefused):
        read_file(content, OpeningKind.VACANCY)


async def test_what_does_not_fit_what_is_here_is_told_by_row(scene: Scene) -> None:
    rows = [
        {"organisation": "Nobody", **vacancy_values()},
        {"organisation": "Jalambang Skills", "service": str(UUID(int=5)), **vacancy_values()},
        {"organisation": "Jalambang Skills", "service": "", **vacancy_values(apply_until=day(-1))},
    ]
    with pytest.raises(FileRefused) as refused:
        await import_rows(scene.session, read_file(table(rows), OpeningKind.VACANCY), actor=SYSTEM)
    assert [(each.row, each.column) for each in refused.value.problems] == [(2, "organisation"), (3, ""), (4, "")]
