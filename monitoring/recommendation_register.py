"""The register of recommendations as it is read: what is issued by everyone, drafts by the monitoring body alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, require
from access.models import Organisation
from access.rules import Permission
from foundation import clock
from foundation.errors import NotFound
from foundation.language import _
from monitoring.recommendation_models import Recommendation, RecommendationEntry
from monitoring.recommendation_rules import ANSWERS, TAKEN_UP, UNANSWERED, Action, Kind, State, Theme
from monitoring.recommendations import is_in_sight, may_write


@dataclass(frozen=True, slots=True)
class Filed:
    """One recommendation with all that was written under it, oldest first."""

    recommendation: Recommendation
    organisation: str
    entries: Sequence[RecommendationEntry] = ()

    @property
    def answer_by(self) -> date:
        """As the newest reopening set it."""
        return next(
            (each.answer_by for each in reversed(self.entries) if each.answer_by), self.recommendation.answer_by
        )

    @property
    def due_on(self) -> date:
        return next((each.due_on for each in reversed(self.entries) if each.due_on), self.recommendation.due_on)

    @property
    def is_overdue(self) -> bool:
        """The answer, or what was accepted, is late today."""
        if self.recommendation.state in UNANSWERED:
            return self.answer_by < clock.today()
        return self.recommendation.state in TAKEN_UP and self.due_on < clock.today()

    @property
    def answered_on(self) -> date | None:
        """When it was first answered."""
        return next((each.on_day for each in self.entries if each.state in ANSWERS[self.recommendation.kind]), None)

    @property
    def answered_in_time(self) -> bool | None:
        """Whether the first answer came by the day that was set; None while it is neither answered nor late."""
        if self.answered_on is not None:
            return self.answered_on <= self.recommendation.answer_by
        return False if self.recommendation.answer_by < clock.today() else None

    @property
    def settled_on(self) -> date | None:
        """When it was found implemented, if it is."""
        is_done = self.recommendation.state is State.IMPLEMENTED
        found = (each.on_day for each in reversed(self.entries) if each.state is State.IMPLEMENTED)
        return next(found, None) if is_done else None


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Which ones are asked for; None: all."""

    state: State | None = None
    kind: Kind | None = None
    theme: Theme | None = None
    action: Action | None = None
    addressee: str | None = None
    year: int | None = None
    """Of issue."""
    overdue: bool = False

    def holds(self, filed: Filed) -> bool:
        one = filed.recommendation
        return (
            self.state in (None, one.state)
            and self.kind in (None, one.kind)
            and self.theme in (None, one.theme)
            and self.action in (None, one.action)
            and self.addressee in (None, one.addressee)
            and self.year in (None, one.issued_on and one.issued_on.year)
            and (filed.is_overdue or not self.overdue)
        )


ALL = Narrowing()


async def issued(session: AsyncSession, narrowing: Narrowing = ALL) -> list[Filed]:
    """What everyone may read, the newest first."""
    asked = _with_organisation().where(Recommendation.number.is_not(None)).order_by(Recommendation.number.desc())
    return await _filed(session, asked, narrowing)


async def find_issued(session: AsyncSession, number: int) -> Filed:
    """Raises NotFound for a number that is not issued."""
    asked = _with_organisation().where(Recommendation.number == number)
    return _one(await _filed(session, asked, ALL))


async def desk(session: AsyncSession, narrowing: Narrowing = ALL, *, actor: Actor) -> list[Filed]:
    """Those that the actor works on: their own with the drafts, or the issued ones to their organisation.

    What is overdue stands first, then by the next day that something is due.
    """
    require(actor, Permission.RECOMMENDATION_READ)
    asked = _with_organisation().where(
        or_(
            Recommendation.organisation_id == actor.organisation_id,
            Recommendation.addressee_id == actor.organisation_id,
        )
    )
    found = [each for each in await _filed(session, asked, narrowing) if is_in_sight(each.recommendation, actor)]
    return sorted(found, key=_urgency)


async def find_on_desk(session: AsyncSession, recommendation_id: UUID, *, actor: Actor) -> Filed:
    """Raises NotFound for one that the actor does not work on."""
    require(actor, Permission.RECOMMENDATION_READ)
    asked = _with_organisation().where(Recommendation.id == recommendation_id)
    found = _one(await _filed(session, asked, ALL))
    if not is_in_sight(found.recommendation, actor):
        raise NotFound(_("There is no such recommendation."))
    return found


async def addressees(session: AsyncSession, *, actor: Actor) -> list[Organisation]:
    """The organisations with accounts to which a recommendation can be addressed."""
    require(actor, Permission.RECOMMENDATION_WRITE)
    found = select(Organisation).where(Organisation.id != actor.organisation_id).order_by(Organisation.name)
    return list(await session.scalars(found))


def is_mine(filed: Filed, actor: Actor) -> bool:
    return may_write(filed.recommendation, actor)


def _urgency(filed: Filed) -> tuple[int, date, int]:
    state = filed.recommendation.state
    if filed.is_overdue:
        rank = 0
    elif state in UNANSWERED or state in TAKEN_UP:
        rank = 1
    else:
        rank = 2 if state is State.DRAFT else 3
    due = filed.answer_by if state in UNANSWERED else filed.due_on
    return rank, due, -(filed.recommendation.number or 0)


def _with_organisation() -> Select[Recommendation, str]:
    return select(Recommendation, Organisation.name).join(
        Organisation, Organisation.id == Recommendation.organisation_id
    )


async def _filed(session: AsyncSession, asked: Select[Recommendation, str], narrowing: Narrowing) -> list[Filed]:
    found = [(one, name) for one, name in await session.execute(asked)]
    under: dict[UUID, list[RecommendationEntry]] = {one.id: [] for one, _name in found}
    entries = select(RecommendationEntry).order_by(RecommendationEntry.position)
    if len(found) == 1:
        entries = entries.where(RecommendationEntry.recommendation_id == found[0][0].id)
    for entry in await session.scalars(entries):
        if entry.recommendation_id in under:
            under[entry.recommendation_id].append(entry)
    filed = (Filed(one, name, under[one.id]) for one, name in found)
    return [each for each in filed if narrowing.holds(each)]


def _one(found: Sequence[Filed]) -> Filed:
    if not found:
        raise NotFound(_("There is no such recommendation."))
    return found[0]
