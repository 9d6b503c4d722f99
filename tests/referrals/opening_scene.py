"""Vacancies and courses for tests: valid ones, with whatever a test changes."""

from datetime import timedelta
from uuid import uuid4

from referral_scene import Scene, add_staff

from access.actor import Actor
from access.models import Organisation
from access.rules import Role
from cases.work_codes import enter_occupation
from foundation import clock
from referrals.jobs import add_vacancy, read_vacancy, vet_employer
from referrals.opening_models import Course, Vacancy
from referrals.training import add_course, read_course


def day(ahead: int) -> str:
    return (clock.today() + timedelta(days=ahead)).isoformat()


def vacancy_values(**changes: str) -> dict[str, str]:
    values = {
        "reference": uuid4().hex[:12],
        "title": "Bricklayer",
        "country": "GM",
        "area": "gm_brikama",
        "languages": "en",
        "apply_until": day(20),
        "isco": "7112",
        "wage_from": "9000",
        "currency": "GMD",
        "period": "month",
        "contract": "fixed_term",
        "employer": "Kombo Builders",
    }
    return values | changes


def course_values(**changes: str) -> dict[str, str]:
    values = {
        "reference": uuid4().hex[:12],
        "title": "Masonry, three months",
        "country": "GM",
        "field": "07",
        "apply_until": day(20),
        "starts_on": day(30),
        "ends_on": day(120),
        "places": "2",
        "occupations": "7112",
    }
    return values | changes


async def supervisor_of(scene: Scene) -> Actor:
    house = await scene.session.get_one(Organisation, scene.caseworker.organisation_id)
    actor = add_staff(scene.session, house, Role.SUPERVISOR)
    await scene.session.flush()
    return actor


async def post(scene: Scene, *, vetted: bool = True, **changes: str) -> Vacancy:
    """A vacancy of the partner, its employer vetted by a supervisor."""
    assert scene.partner.organisation_id
    vacancy = await add_vacancy(
        scene.session,
        read_vacancy(vacancy_values(**changes)),
        organisation_id=scene.partner.organisation_id,
        service_id=scene.service.id,
        actor=scene.partner,
    )
    if vetted:
        until = clock.today() + timedelta(days=90)
        await vet_employer(scene.session, vacancy.id, until, actor=await supervisor_of(scene))
    return vacancy


async def offer(scene: Scene, **changes: str) -> Course:
    assert scene.partner.organisation_id
    terms = read_course(course_values(**changes))
    return await add_course(
        scene.session,
        terms,
        organisation_id=scene.partner.organisation_id,
        service_id=scene.service.id,
        actor=scene.partner,
    )


async def knows(scene: Scene, *codes: str) -> None:
    for code in codes:
        await enter_occupation(scene.session, scene.case, code, actor=scene.caseworker)
