"""Example vacancies and courses of Tunisia and The Gambia, occupations of some people, and a first matching."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor
from access.models import Organisation
from cases.models import Case, Need
from cases.rules import CaseStatus, NeedKind, NeedStatus
from cases.work_codes import enter_occupation
from foundation import clock
from referrals.jobs import add_vacancy, read_vacancy, vet_employer
from referrals.models import Service
from referrals.opening_matching import all_parts, match_part
from referrals.training import add_course, read_course

TUNISIA, GAMBIA = "Yasmina Pathways", "Jalambang Skills Centre"
VACANCIES = (
    (
        "TN",
        "tn_greater_tunis",
        "7531",
        "Tailor for work clothes",
        "Atelier Zitouna",
        "900",
        "1100",
        "ar fr",
        "Job desk",
    ),
    ("TN", "tn_centre_east", "7212", "Welder", "Sahel Structures", "1200", "", "ar", "Job desk"),
    ("TN", "tn_north_east", "5120", "Cook in a school kitchen", "Cantine du Cap", "850", "", "ar", "Job desk"),
    ("TN", "tn_centre_west", "9211", "Olive picker", "Coopérative Zeitoun", "700", "800", "ar", ""),
    ("GM", "gm_brikama", "7112", "Bricklayer", "Kombo Builders", "9000", "11000", "en", "Job desk"),
    ("GM", "gm_kanifing", "7411", "Electrician", "Senegambia Solar", "12000", "", "en", "Job desk"),
    ("GM", "gm_banjul", "8322", "Delivery driver", "Banjul Parcels", "8000", "", "en", "Job desk"),
    ("GM", "", "5223", "Shop assistant", "Sukuta Stores", "6500", "", "en", ""),
)
"""Country, area, occupation, title, employer, least and highest wage a month, languages, service of referral."""
COURSES = (
    ("TN", "tn_centre_east", "course", "Welding and metalwork", "07", "7212 7213", "12", "Welding and metalwork"),
    ("TN", "tn_greater_tunis", "course", "Sewing and tailoring", "07", "7531 7533", "15", "Sewing and tailoring"),
    ("TN", "tn_greater_tunis", "job_fair", "Job fair of the Lac", "00", "", "150", "Job desk"),
    ("GM", "gm_brikama", "course", "Carpentry", "07", "7115 7522", "10", "Carpentry"),
    ("GM", "gm_basse", "course", "Solar and electrical work", "07", "7411 7412", "12", "Solar and electrical work"),
    ("GM", "", "course", "English for work", "02", "", "30", ""),
)
"""Country, area, kind, title, field, occupations, seats, service of referral (the beginning of its name)."""
OCCUPATIONS = {"TN": ("7531", "7212", "5120"), "GM": ("7112", "7411", "8322", "5223")}
PEOPLE = 24


async def add_openings(session: AsyncSession, supervisor: Actor) -> None:
    """The last vacancy's employer is left for whoever tries the page to vet."""
    apply_until = (clock.today() + timedelta(days=45)).isoformat()
    starts_on = (clock.today() + timedelta(days=60)).isoformat()
    for number, (country, area, isco, title, employer, least, highest, languages, service) in enumerate(VACANCIES, 1):
        values = {
            "reference": f"V-{number}",
            "title": title,
            "country": country,
            "area": area,
            "isco": isco,
            "employer": employer,
            "contract": "fixed_term",
            "hours": "40",
            "wage_from": least,
            "wage_to": highest,
            "currency": "TND" if country == "TN" else "GMD",
            "period": "month",
            "languages": languages,
            "places": "3",
            "apply_until": apply_until,
        }
        organisation_id, service_id = await _provider(session, country, service)
        vacancy = await add_vacancy(
            session, read_vacancy(values), organisation_id=organisation_id, service_id=service_id, actor=supervisor
        )
        if number < len(VACANCIES):
            await vet_employer(session, vacancy.id, clock.today() + timedelta(days=180), actor=supervisor)
    for number, (country, area, kind, title, field, occupations, seats, service) in enumerate(COURSES, 1):
        values = {
            "reference": f"C-{number}",
            "title": title,
            "country": country,
            "area": area,
            "kind": kind,
            "field": field,
            "occupations": occupations,
            "places": seats,
            "starts_on": starts_on,
            "certificate": "National certificate" if occupations else "",
            "apply_until": apply_until,
        }
        organisation_id, service_id = await _provider(session, country, service)
        await add_course(
            session, read_course(values), organisation_id=organisation_id, service_id=service_id, actor=supervisor
        )
    await _know_occupations(session, supervisor)
    for part in all_parts():
        await match_part(session, part)


async def _provider(session: AsyncSession, country: str, service: str) -> tuple[UUID, UUID | None]:
    name = TUNISIA if country == "TN" else GAMBIA
    organisation = (await session.scalars(select(Organisation).where(Organisation.name == name))).one()
    if not service:
        return organisation.id, None
    found = select(Service.id).where(Service.organisation_id == organisation.id, Service.name.startswith(service))
    return organisation.id, (await session.scalars(found.order_by(Service.name))).first()


async def _know_occupations(session: AsyncSession, supervisor: Actor) -> None:
    """Of the newest people who look for work or training."""
    wanted = select(Need.case_id).where(
        Need.kind.in_([NeedKind.WORK, NeedKind.TRAINING]), Need.status == NeedStatus.OPEN
    )
    newest = select(Case).where(Case.id.in_(wanted), Case.status == CaseStatus.OPEN).order_by(Case.opened_at.desc())
    for number, case in enumerate((await session.scalars(newest.limit(PEOPLE))).all()):
        known = OCCUPATIONS.get(case.country or "", ())
        if known:
            await enter_occupation(session, case, known[number % len(known)], actor=supervisor)
