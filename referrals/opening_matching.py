"""Which vacancies and courses fit which open needs: for all needs at once, by statements over sets; nothing learnt.

What decides is coded: occupations by the structure of ISCO-08 (the same unit group, the same minor group, the same
sub-major group), the place, the level of education, the language. Every statement reads `INSERT ... SELECT`, so that no
person's row ever leaves the database. The best five of a need stay, in an order that is the same for everyone.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Join,
    Select,
    and_,
    case,
    cast,
    delete,
    exists,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from access.actor import Actor, require
from access.rules import Permission
from cases.classifications import ISCED, ISCO
from cases.models import Case, Consent, Flag, Need, Person
from cases.rules import (
    IN_FORCE,
    CaseStatus,
    ConsentKind,
    FlagKind,
    FlagOutcome,
    NeedKind,
    NeedStatus,
)
from cases.work_codes import UNKNOWN_LEVEL, enter_occupation, fill_in_codes, remove_occupation
from cases.work_models import WorkCode
from foundation import audit, clock
from foundation.errors import Conflict
from foundation.language import Message, _
from referrals.opening_models import (
    Course,
    CourseOccupation,
    MatchingRun,
    OpeningMatch,
    OpeningOutcome,
    Vacancy,
    is_offered,
)
from referrals.opening_rules import (
    ANYONE,
    CLOSE,
    COUNTRYWIDE,
    ELSEWHERE,
    HERE,
    KINDS_FOR_OPENING_NEED,
    OVER,
    RELATED,
    SAME,
    OpeningKind,
)

KEPT = 5
"""Of each kind, for one need."""
PARTS = 32
"""Into which all cases are divided, each matched in a transaction of its own: nobody waits long for the database."""
_PART = 2**128 // PARTS
_DECIDES = ("need_id", "case_id", "opening_id", "place", "nearness", "distance", "speaks", "level_known")
_MINOR_GROUP, _UNIT_GROUP = 3, 4
"""Digits of ISCO-08."""
_MATERIALIZED = "MATERIALIZED"
"""Said of every part: a planner that folds them into each other works out a person's level once for every pair."""
_LANGUAGES_WITH_A_REGION = {"fa_AF": "fa"}
_COLUMNS = (
    *("need_id", "kind", "rank", "case_id", "need_kind", "vacancy_id", "course_id"),
    *("nearness", "distance", "speaks", "level_known"),
)


async def parts_due(session: AsyncSession) -> list[UUID]:
    """The parts that were not matched yet today; each is named by the id at which it begins."""
    done = set(await session.scalars(select(MatchingRun.part).where(MatchingRun.day == clock.today())))
    return [part for part in all_parts() if part not in done]


def all_parts() -> list[UUID]:
    return [UUID(int=number * _PART) for number in range(PARTS)]


async def match_part(session: AsyncSession, part: UUID) -> None:
    """Match the open needs of one part of all cases, and note that it was done today."""
    last = UUID(int=part.int + _PART - 1)
    await fill_in_codes(session, part, last)
    matches = await _match(session, OpeningMatch.case_id.between(part, last), Case.id.between(part, last))
    session.add(MatchingRun(day=clock.today(), part=part, matches=matches, at=clock.now()))
    await session.execute(delete(MatchingRun).where(MatchingRun.day < clock.today()))


async def match_case(session: AsyncSession, case: Case, *, actor: Actor) -> int:
    """Look again for one case, at once. Returns how many fit. Raises Conflict for a case that is not open."""
    require(actor, Permission.OPENING_FOLLOW)
    if case.status is not CaseStatus.OPEN:
        raise Conflict(_("This case is not open."))
    await fill_in_codes(session, case.id, case.id)
    await session.flush()
    count = await _match(session, OpeningMatch.case_id == case.id, Case.id == case.id)
    audit.record(session, actor.id, "openings.matched", case.id, matches=count)
    return count


async def write_occupation(session: AsyncSession, case: Case, code: str, *, is_known: bool, actor: Actor) -> None:
    """Enter an occupation of the case or take one out, and match at once. Raises as `cases.work_codes` does."""
    verb = enter_occupation if is_known else remove_occupation
    await verb(session, case, code, actor=actor)
    await match_case(session, case, actor=actor)


def why(match: OpeningMatch) -> list[Message]:
    """What speaks for it, a line each, in the order in which it counts."""
    opening = match.opening
    said = [
        _NEARNESS[match.nearness],
        _DISTANCE[match.distance],
        _("Its language is spoken.") if match.speaks else _("It asks for another language."),
        None if match.level_known else _("It asks for a level of education that nobody has noted for the person."),
        _("It costs nothing.") if isinstance(opening, Course) and opening.cost is None else None,
        _("Apply until {day}.").of(day=opening.apply_until),
    ]
    return [each for each in said if each is not None]


_NEARNESS: tuple[Message, ...] = (
    _("The same occupation."),
    _("An occupation close to theirs."),
    _("A related occupation."),
    _("Open to people of any occupation."),
)
_DISTANCE: tuple[Message, ...] = (
    _("It is in the person’s own area."),
    _("It is offered in the whole country."),
    _("It is elsewhere in the country."),
)


async def _match(session: AsyncSession, old: ColumnElement[bool], cases: ColumnElement[bool]) -> int:
    await session.execute(delete(OpeningMatch).where(old), execution_options={"synchronize_session": False})
    found = 0
    for statement in insertions(cases):
        found += (await session.execute(statement)).rowcount  # type: ignore[attr-defined]
    return found


def insertions(cases: ColumnElement[bool]) -> list[Any]:
    """A statement for each kind of opening and of need that it answers."""
    return [
        insert(OpeningMatch).from_select(list(_COLUMNS), best(need, kind, cases))
        for need, kinds in KINDS_FOR_OPENING_NEED.items()
        for kind in kinds
    ]


def best(need: NeedKind, kind: OpeningKind, cases: ColumnElement[bool]) -> Select[Any]:
    """The rows of `opening_match` for the needs of one kind in these cases."""
    pairs = candidates(need, kind, cases).subquery("pairs")
    merit = (pairs.c.nearness * 3 + pairs.c.distance) * 2 + case((pairs.c.speaks, 0), else_=1)
    rank = func.row_number().over(partition_by=pairs.c.need_id, order_by=[merit, pairs.c.place]).label("rank")
    ranked = select(pairs, rank).subquery("ranked")
    of_vacancy = kind is OpeningKind.VACANCY
    return select(
        ranked.c.need_id,
        literal(kind, OpeningMatch.kind.type),
        ranked.c.rank,
        ranked.c.case_id,
        literal(need, OpeningMatch.need_kind.type),
        ranked.c.opening_id if of_vacancy else null(),
        null() if of_vacancy else ranked.c.opening_id,
        ranked.c.nearness,
        ranked.c.distance,
        ranked.c.speaks,
        ranked.c.level_known,
    ).where(ranked.c.rank <= KEPT)


def candidates(need: NeedKind, kind: OpeningKind, cases: ColumnElement[bool]) -> Select[Any]:
    """Every pair of a need and an opening that may fit, with what decides; one row a pair."""
    needs, openings = _needs(need, kind, cases), _openings(kind)
    knowing = _knowing(needs, cases)
    if kind is OpeningKind.VACANCY:
        return _pairs(knowing, openings, _in_group(knowing, openings), _nearness(knowing.c.codes, openings.c.isco))
    leading = (
        select(*openings.c, CourseOccupation.isco, CourseOccupation.isco_group)
        .join(CourseOccupation, CourseOccupation.course_id == openings.c.id)
        .cte("leading")
        .prefix_with(_MATERIALIZED)
    )
    nearness = _nearness(knowing.c.codes, leading.c.isco)
    ways = _pairs(knowing, leading, _in_group(knowing, leading), nearness).subquery("ways")
    others = [each for each in ways.c if each.name != "nearness"]
    # A course leads to several occupations, and a person knows several: the nearest counts.
    nearest = select(*others, func.min(ways.c.nearness).label("nearness")).group_by(*others).subquery("nearest")
    for_anyone = needs.join(openings, and_(openings.c.country == needs.c.country, openings.c.for_anyone))
    anyone = _pairs(needs, openings, for_anyone, literal(ANYONE)).subquery("anyone")
    either = union_all(select(*(nearest.c[each] for each in _DECIDES)), select(*(anyone.c[each] for each in _DECIDES)))
    return select(either.subquery("either"))


def _in_group(knowing: CTE, openings: CTE) -> Join:
    """In the same country and sub-major group."""
    same = and_(openings.c.country == knowing.c.country, openings.c.isco_group == knowing.c.isco_group)
    return knowing.join(openings, same)


def _pairs(needs: CTE, openings: CTE, joined: Join, nearness: ColumnElement[int]) -> Select[Any]:
    at = case((openings.c.area == needs.c.area, HERE), (openings.c.area.is_(None), COUNTRYWIDE), else_=ELSEWHERE)
    speaks = or_(openings.c.languages == "", openings.c.languages.contains(" " + needs.c.language + " "))
    is_over = exists().where(
        OpeningOutcome.case_id == needs.c.case_id,
        or_(OpeningOutcome.vacancy_id == openings.c.id, OpeningOutcome.course_id == openings.c.id),
        OpeningOutcome.outcome.in_(OVER),
    )
    return (
        select(
            needs.c.need_id,
            needs.c.case_id,
            openings.c.id.label("opening_id"),
            openings.c.place,
            nearness.label("nearness"),
            at.label("distance"),
            speaks.label("speaks"),
            or_(openings.c.level.is_(None), needs.c.level.is_not(None)).label("level_known"),
        )
        .select_from(joined)
        .where(
            or_(openings.c.level.is_(None), needs.c.level.is_(None), needs.c.level >= openings.c.level),
            ~and_(needs.c.has_over, is_over),
        )
    )


def _needs(need: NeedKind, kind: OpeningKind, cases: ColumnElement[bool]) -> CTE:
    """Open needs of people who agreed to data being kept, each with what decides. A child is offered no job."""
    level = select(func.max(cast(WorkCode.code, Integer))).where(
        WorkCode.case_id == Case.id, WorkCode.scheme == ISCED, WorkCode.code != UNKNOWN_LEVEL
    )
    agreed = exists().where(
        Consent.person_id == Case.person_id, Consent.kind == ConsentKind.DATA, Consent.state.in_(IN_FORCE)
    )
    over = aliased(OpeningOutcome)
    found = (
        select(
            Need.id.label("need_id"),
            Need.case_id,
            Case.country,
            Case.area,
            case(_LANGUAGES_WITH_A_REGION, value=Person.language, else_=Person.language).label("language"),
            level.scalar_subquery().label("level"),
            exists().where(over.case_id == Case.id, over.outcome.in_(OVER)).label("has_over"),
        )
        .join(Case, Case.id == Need.case_id)
        .join(Person, Person.id == Case.person_id)
        .where(Need.kind == need, Need.status == NeedStatus.OPEN, Case.status == CaseStatus.OPEN, agreed, cases)
    )
    if kind is not OpeningKind.COURSE:
        found = found.where(~_may_be_child())
    return found.cte("needs").prefix_with(_MATERIALIZED)


def _may_be_child() -> ColumnElement[bool]:
    return exists().where(
        Flag.case_id == Case.id,
        Flag.kind.in_([FlagKind.CHILD, FlagKind.UNACCOMPANIED_CHILD]),
        or_(Flag.outcome.is_(None), Flag.outcome == FlagOutcome.CONFIRMED),
    )


def _openings(kind: OpeningKind) -> CTE:
    """What is offered today, each with its place in the order by wage or cost, then the soonest, then the id."""
    if kind is OpeningKind.VACANCY:
        order: tuple[Any, ...] = (Vacancy.monthly.desc().nulls_last(), Vacancy.starts_on.asc().nulls_last(), Vacancy.id)
        own = (Vacancy.isco, Vacancy.isco_group)
        return _placed(Vacancy, order, own, is_offered(Vacancy))
    order = (func.coalesce(Course.cost, 0), Course.starts_on.asc().nulls_last(), Course.id)
    return _placed(Course, order, (Course.for_anyone,), and_(Course.kind == kind, is_offered(Course)))


def _placed(
    table: type[Vacancy] | type[Course], order: Sequence[Any], own: Sequence[Any], offered: ColumnElement[bool]
) -> CTE:
    place = func.row_number().over(order_by=list(order)).label("place")
    common = (table.id, table.country, table.area, table.languages, table.level)
    return select(*common, *own, place).where(offered).cte("openings").prefix_with(_MATERIALIZED)


def _knowing(needs: CTE, cases: ColumnElement[bool]) -> CTE:
    """The needs with the occupations known of the case: for each sub-major group its codes, a blank before each."""
    group = func.substr(WorkCode.code, 1, 2)
    known = (
        select(
            WorkCode.case_id,
            group.label("isco_group"),
            func.aggregate_strings(" " + WorkCode.code, "").label("codes"),
        )
        .join(Case, Case.id == WorkCode.case_id)
        .where(WorkCode.scheme == ISCO, cases)
        .group_by(WorkCode.case_id, group)
        .subquery("known")
    )
    found = select(*needs.c, known.c.isco_group, known.c.codes).join(known, known.c.case_id == needs.c.case_id)
    return found.cte("knowing").prefix_with(_MATERIALIZED)


def _nearness(codes: ColumnElement[str], isco: Any) -> ColumnElement[int]:
    """Of an occupation, or of a group that has fewer digits, to the codes that a case knows."""
    digits = func.length(isco)
    return case(
        (and_(digits == _UNIT_GROUP, codes.contains(" " + isco)), SAME),
        (and_(digits >= _MINOR_GROUP, codes.contains(" " + func.substr(isco, 1, _MINOR_GROUP))), CLOSE),
        else_=RELATED,
    )
