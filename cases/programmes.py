"""The register of programmes: what each states of what a national action plan must state, and its budget lines.

A programme is public information. Whoever may read the register reads all of it; a supervisor changes the programmes
of their own organisation, an administrator those of any. Every change is a new version, and the old ones stay.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

from babel import Locale
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, require
from access.models import Organisation, OrganisationKind, StaffMember
from access.rules import Permission, Scope
from cases.budgets import NOTHING, LineView, lines_of, lock_line
from cases.money import exact, read_currency
from cases.plan_models import BudgetLine, Programme, ProgrammeVersion
from cases.plan_rules import Criterion
from foundation import audit, clock
from foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from foundation.language import _

_CODE = re.compile(r"[A-Z0-9](?:[A-Z0-9-]{0,18}[A-Z0-9])?")


@dataclass(frozen=True, slots=True)
class Statement:
    """What is said about a programme. `countries`: ISO 3166 alpha-2."""

    name: str
    organisation_id: UUID
    countries: tuple[str, ...] = ()
    starts_on: date | None = None
    ends_on: date | None = None
    texts: Mapping[Criterion, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProgrammeView:
    programme: Programme
    stated: ProgrammeVersion
    organisation: str

    @property
    def missing(self) -> list[Criterion]:
        """What a national action plan must state and this programme does not."""
        return [each for each in Criterion if not text_of(self.stated, each)]


@dataclass(frozen=True, slots=True)
class Change:
    """One version: who made it, and which criteria it wrote anew."""

    stated: ProgrammeVersion
    by: str
    criteria: list[Criterion]


@dataclass(frozen=True, slots=True)
class ProgrammeFile:
    view: ProgrammeView
    is_newest: bool
    lines: list[LineView]
    changes: list[Change]
    """The newest first."""


def text_of(stated: ProgrammeVersion, criterion: Criterion) -> str:
    return str(getattr(stated, criterion.value))


def may_edit(actor: Actor, stated: ProgrammeVersion) -> bool:
    return actor.may(Permission.PROGRAMME_EDIT) and (
        actor.scope is Scope.NOTHING or stated.organisation_id == actor.organisation_id
    )


async def list_programmes(session: AsyncSession, actor: Actor) -> list[ProgrammeView]:
    """The whole register, by code."""
    require(actor, Permission.PROGRAMME_READ)
    rows = await session.execute(_newest().order_by(Programme.code))
    return [ProgrammeView(*row) for row in rows]


async def programmes_of(session: AsyncSession, organisation_id: UUID) -> list[Programme]:
    """Those that an organisation is responsible for; what a case of it can be assigned to."""
    rows = await session.execute(
        _newest().where(ProgrammeVersion.organisation_id == organisation_id).order_by(Programme.code)
    )
    return [row.Programme for row in rows]


async def programme_file(session: AsyncSession, actor: Actor, code: str, version: int | None = None) -> ProgrammeFile:
    """A programme as it is stated now, or as it was in an earlier version. Raises NotFound if there is none such."""
    require(actor, Permission.PROGRAMME_READ)
    programme = await _find(session, code)
    wanted = programme.version if version is None else version
    rows = await session.execute(
        select(ProgrammeVersion, Organisation.name, StaffMember.name)
        .join(Organisation, Organisation.id == ProgrammeVersion.organisation_id)
        .join(StaffMember, StaffMember.id == ProgrammeVersion.changed_by)
        .where(ProgrammeVersion.programme_id == programme.id)
        .order_by(ProgrammeVersion.version)
    )
    versions = [(stated, organisation, by) for stated, organisation, by in rows]
    view = next(
        (ProgrammeView(programme, stated, name) for stated, name, _by in versions if stated.version == wanted), None
    )
    if view is None:
        raise NotFound(_("There is no such programme."))
    changes, before = [], None
    for stated, _organisation, by in versions:
        changes.append(Change(stated, by, _changed(before, stated)))
        before = stated
    return ProgrammeFile(
        view, wanted == programme.version, await lines_of(session, programme.id), list(reversed(changes))
    )


async def operators(session: AsyncSession, actor: Actor) -> list[Organisation]:
    """The organisations that the actor may name as responsible."""
    found = select(Organisation).where(Organisation.kind == OrganisationKind.OPERATOR).order_by(Organisation.name)
    if actor.scope is not Scope.NOTHING:
        found = found.where(Organisation.id == actor.organisation_id)
    return list(await session.scalars(found))


async def create_programme(session: AsyncSession, code: str, statement: Statement, *, actor: Actor) -> Programme:
    """Enter a programme into the register; what it does not state yet is shown as missing."""
    require(actor, Permission.PROGRAMME_EDIT)
    wanted = code.strip().upper()
    if not _CODE.fullmatch(wanted):
        raise Invalid(_("Write a short code of letters, figures and hyphens, such as GM-START."))
    if await session.scalar(select(Programme.id).where(Programme.code == wanted)) is not None:
        raise Conflict(_("There is a programme with this code already."))
    await _check(session, statement, actor)
    programme = Programme(id=uuid4(), code=wanted, version=1, created_at=clock.now())
    session.add(programme)
    await session.flush()
    session.add(_version(programme, statement, actor))
    audit.record(session, actor.id, "programme.created", programme.id)
    return programme


async def edit_programme(session: AsyncSession, code: str, statement: Statement, seen: int, *, actor: Actor) -> None:
    """State it anew, as the next version. `seen`: the version that was changed; Conflict if it is not the newest."""
    programme, before = await _editable(session, code, actor)
    if seen != before.version:
        raise Conflict(_("Someone else has changed this programme. Look at it again."))
    await _check(session, statement, actor)
    programme.version += 1
    stated = _version(programme, statement, actor)
    session.add(stated)
    audit.record(
        session, actor.id, "programme.changed", programme.id, version=programme.version, texts=_changed(before, stated)
    )


async def add_line(
    session: AsyncSession, code: str, line_code: str, name: str, amount: Decimal, currency: str, *, actor: Actor
) -> BudgetLine:
    """Money of the programme for one purpose. The currency of a line never changes."""
    programme, _stated = await _editable(session, code, actor)
    wanted = line_code.strip().upper()
    if not _CODE.fullmatch(wanted):
        raise Invalid(_("Write a short code of letters, figures and hyphens, such as GRANTS-1."))
    if not name.strip():
        raise Invalid(_("Write what the budget line is for."))
    known = await session.scalar(
        select(BudgetLine.id).where(BudgetLine.programme_id == programme.id, BudgetLine.code == wanted)
    )
    if known is not None:
        raise Conflict(_("The programme has a budget line with this code already."))
    line = BudgetLine(
        id=uuid4(),
        programme_id=programme.id,
        code=wanted,
        name=name.strip(),
        currency=read_currency(currency),
        amount=exact(amount, currency),
        spent_on_erased=NOTHING,
    )
    session.add(line)
    audit.record(session, actor.id, "budget.added", programme.id, line=line.id, amount=str(line.amount))
    return line


async def change_line(session: AsyncSession, code: str, line_id: UUID, amount: Decimal, *, actor: Actor) -> None:
    """More or less money for it. Raises Conflict for less than plans are charged already."""
    programme, _stated = await _editable(session, code, actor)
    view = await lock_line(session, line_id)
    if view is None or view.line.programme_id != programme.id:
        raise NotFound(_("There is no such budget line."))
    wanted = exact(amount, view.line.currency)
    if wanted < view.charged:
        raise Conflict(
            _("Plans are charged {charged} {currency} to this line already. It cannot hold less."),
            charged=view.charged,
            currency=view.line.currency,
        )
    view.line.amount = wanted
    audit.record(session, actor.id, "budget.changed", programme.id, line=line_id, amount=str(wanted))


def _newest() -> Select[Programme, ProgrammeVersion, str]:
    return (
        select(Programme, ProgrammeVersion, Organisation.name)
        .join(
            ProgrammeVersion,
            (ProgrammeVersion.programme_id == Programme.id) & (ProgrammeVersion.version == Programme.version),
        )
        .join(Organisation, Organisation.id == ProgrammeVersion.organisation_id)
    )


async def _find(session: AsyncSession, code: str, *, lock: bool = False) -> Programme:
    wanted = select(Programme).where(Programme.code == code.strip().upper())
    programme = await session.scalar(wanted.with_for_update() if lock else wanted)
    if programme is None:
        raise NotFound(_("There is no such programme."))
    return programme


async def _editable(session: AsyncSession, code: str, actor: Actor) -> tuple[Programme, ProgrammeVersion]:
    require(actor, Permission.PROGRAMME_EDIT)
    programme = await _find(session, code, lock=True)
    stated = await session.get_one(ProgrammeVersion, (programme.id, programme.version))
    if not may_edit(actor, stated):
        raise NotAllowed(_("Only the responsible organisation changes a programme."))
    return programme, stated


async def _check(session: AsyncSession, statement: Statement, actor: Actor) -> None:
    if not statement.name.strip():
        raise Invalid(_("Write the programme's name."))
    if statement.organisation_id not in {each.id for each in await operators(session, actor)}:
        raise Invalid(_("Choose the responsible organisation."))
    if statement.ends_on is not None and (statement.starts_on is None or statement.ends_on < statement.starts_on):
        raise Invalid(_("A programme ends after it has started: check both days."))
    unknown = [code for code in statement.countries if len(code) != 2 or code not in Locale("en").territories]  # noqa: PLR2004  # ISO 3166 alpha-2
    if unknown:
        raise Invalid(_("Write each country as its two letters, such as GM. This is none: {code}"), code=unknown[0])


def _version(programme: Programme, statement: Statement, actor: Actor) -> ProgrammeVersion:
    return ProgrammeVersion(
        programme_id=programme.id,
        version=programme.version,
        changed_by=actor.id,
        changed_at=clock.now(),
        name=statement.name.strip(),
        organisation_id=statement.organisation_id,
        countries=list(statement.countries),
        starts_on=statement.starts_on,
        ends_on=statement.ends_on,
        **{each.value: statement.texts.get(each, "").strip() for each in Criterion},
    )


def _changed(before: ProgrammeVersion | None, stated: ProgrammeVersion) -> list[Criterion]:
    return [each for each in Criterion if text_of(stated, each) != ("" if before is None else text_of(before, each))]
