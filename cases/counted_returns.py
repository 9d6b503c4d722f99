"""What is counted of returns: each that departed, what was in place before it, and what monitors wrote of it.

Only evidence that was there on the day of departure counts. What nobody recorded is never a yes.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cases.counted_files import CaseFile, by_case, ids_of
from cases.fact_rules import (
    GUARDIAN_WITHIN,
    NONE,
    NOTICE_HOURS,
    UNDER_18,
    ChildCheck,
    Days,
    MonitorCheck,
    ReturnCheck,
    Thing,
    Told,
    days_band,
)
from cases.facts import Counted, Who, someone
from cases.models import Consent, Flag
from cases.record_fields import NO, YES
from cases.record_kinds import RecordKind
from cases.rules import ConsentKind, ConsentState, FlagKind
from cases.safeguard_models import BestInterests, CasePerson, CaseRecord, GateOverride, ReturnJourney, ReturnLeg
from cases.safeguard_rules import WITHOUT_DECISION, Age, BidState, Company, Relation, ReturnType

FORCED = frozenset([ReturnType.FORCED_ESCORTED, ReturnType.FORCED_UNESCORTED, ReturnType.READMISSION_AGREEMENT])
"""Returns that an independent mechanism monitors (GCM 21(f))."""
_HEALTH = frozenset([FlagKind.SERIOUS_ILLNESS, FlagKind.HEALTH_EMERGENCY])
_SEEN: Mapping[MonitorCheck, str] = {
    MonitorCheck.BEFORE: "saw_before",
    MonitorCheck.DEPARTURE: "saw_departure",
    MonitorCheck.JOURNEY: "saw_journey",
    MonitorCheck.HANDOVER: "saw_handover",
    MonitorCheck.AFTER: "saw_after",
    MonitorCheck.COMPLAINT_CHANNEL: "complaint_channel",
    MonitorCheck.NEEDS_KNOWN: "needs_known",
}
_THROUGHOUT = ("saw_before", "saw_departure", "saw_journey", "saw_handover")
"""A return is monitored throughout if monitors saw each of these, from before the departure to the handover."""
Found = Iterator[Counted]


@dataclass(frozen=True, slots=True)
class _Return:
    """One case, with everything about its returns."""

    file: CaseFile
    journeys: Sequence[ReturnJourney]
    people: Sequence[CasePerson]
    records: Sequence[CaseRecord]
    flags: Sequence[Flag]
    consents: Sequence[Consent]
    decided: Sequence[BestInterests]
    overrides: Sequence[GateOverride]
    legs: Mapping[UUID, Sequence[ReturnLeg]]

    def record(self, kind: RecordKind, by: date, about: UUID | None = None) -> Mapping[str, str]:
        """The newest record of a kind that was there on a day, about one person or anyone; empty if there was none."""
        found = [
            each
            for each in self.records
            if each.kind is kind and each.made_on <= by and (about is None or each.about_id == about)
        ]
        return {name: str(value) for name, value in found[-1].coded.items()} if found else {}


async def returns(session: AsyncSession, files: Sequence[CaseFile]) -> Iterable[tuple[CaseFile, Counted]]:
    """Everything of returns in these files."""
    return [(each.file, counted) for each in await _read(session, files) for counted in _of_case(each)]


async def _read(session: AsyncSession, files: Sequence[CaseFile]) -> list[_Return]:
    ids = ids_of(files)
    people_ids = [file.case.person_id for file in files if file.case.person_id]
    journeys = (await session.scalars(select(ReturnJourney).where(ReturnJourney.case_id.in_(ids)))).all()
    legs: dict[UUID, list[ReturnLeg]] = {each.id: [] for each in journeys}
    for leg in await session.scalars(select(ReturnLeg).where(ReturnLeg.journey_id.in_(list(legs)))):
        legs[leg.journey_id].append(leg)
    records = by_case(
        await session.scalars(
            select(CaseRecord)
            .where(CaseRecord.case_id.in_(ids))
            .order_by(CaseRecord.made_on, CaseRecord.made_at, CaseRecord.id)
        ),
        files,
    )
    consents: dict[UUID, list[Consent]] = {person_id: [] for person_id in people_ids}
    for consent in await session.scalars(
        select(Consent).where(Consent.person_id.in_(people_ids), Consent.kind == ConsentKind.RETURN)
    ):
        consents[consent.person_id].append(consent)
    of_case = zip(
        by_case(journeys, files),
        by_case(await session.scalars(select(CasePerson).where(CasePerson.case_id.in_(ids))), files),
        records,
        by_case(await session.scalars(select(Flag).where(Flag.case_id.in_(ids))), files),
        by_case(await session.scalars(select(BestInterests).where(BestInterests.case_id.in_(ids))), files),
        by_case(await session.scalars(select(GateOverride).where(GateOverride.case_id.in_(ids))), files),
        strict=True,
    )
    return [
        _Return(
            file=file,
            journeys=rows,
            people=people,
            records=written,
            flags=flags,
            consents=consents.get(file.case.person_id, []) if file.case.person_id else [],
            decided=[each for each in decided if each.state is BidState.DECIDED],
            overrides=[each for each in overrides if each.confirmed_at is not None],
            legs=legs,
        )
        for (file, rows), (_2, people), (_3, written), (_4, flags), (_5, decided), (_6, overrides) in of_case
    ]


def _of_case(told: _Return) -> Found:
    for journey in told.journeys:
        if journey.departed_on is not None:
            yield Counted(Thing.RETURN, journey.departed_on, journey.return_type, journey.step)
            yield from _checks(told, journey, journey.departed_on)
            yield from _children(told, journey, journey.departed_on)
    yield from _withdrawals(told)
    yield from _guardians(told)
    yield from _documents(told)
    yield from _monitored(told)
    for override in told.overrides:
        if override.confirmed_at is not None:
            yield Counted(Thing.OVERRIDE, override.confirmed_at.date(), override.rule, "confirmed")


def _checks(told: _Return, journey: ReturnJourney, day: date) -> Found:
    """Every check of every return: one that does not arise is counted as such, so that all are about one whole."""
    decided = journey.return_type not in WITHOUT_DECISION
    ill = any(flag.kind in _HEALTH and flag.raised_at.date() <= day for flag in told.flags)
    forced = journey.return_type in FORCED
    consular = told.record(RecordKind.CONSULAR, day)
    contacted = _known(consular.get("contacted"))
    seen = [each.coded for each in told.records if each.kind is RecordKind.MONITORING and not each.replaced_at]
    whole = all(any(each.get(name) == YES for each in seen) for name in _THROUGHOUT)
    found = {
        ReturnCheck.ASSESSMENT: _told(told.record(RecordKind.RISK, day)),
        ReturnCheck.INFORMED_CONSENT: _if(
            journey.return_type is ReturnType.ASSISTED_VOLUNTARY, _told(_is_informed(told, day))
        ),
        ReturnCheck.REMEDIES: _if(
            decided, _told(told.record(RecordKind.REMEDIES, day).get("state") in ("exhausted", "waived"))
        ),
        ReturnCheck.LEGAL_HELP: _if(decided, _told(told.record(RecordKind.ADVICE, day).get("legal_help") == YES)),
        ReturnCheck.FIT_TO_TRAVEL: _if(ill, _told(told.record(RecordKind.MEDICAL, day).get("fit", NO) != NO)),
        ReturnCheck.CONSULAR_WANTED: _if(consular.get("wanted") != NO, contacted),
        ReturnCheck.CONSULAR_DECLINED: _if(consular.get("wanted") != YES, _not(contacted)),
        ReturnCheck.MONITORED: _if(forced, _told(seen)),
        ReturnCheck.MONITORED_THROUGHOUT: _if(forced, _told(whole)),
    }
    for what, fulfilled in found.items():
        yield Counted(Thing.RETURN_CHECK, day, what, fulfilled, journey.return_type)


def _is_informed(told: _Return, day: date) -> bool:
    """Every item told, a free choice, and a consent given before the departure and not taken back by then."""
    information = told.record(RecordKind.INFORMATION, day)
    choice = told.record(RecordKind.FREE_CHOICE, day)
    given = any(
        each.decided_at is not None
        and each.decided_at.date() <= day
        and each.state is not ConsentState.REFUSED
        and (each.withdrawn_at is None or each.withdrawn_at.date() > day)
        for each in told.consents
    )
    return given and _all_yes(information) and _all_yes(choice)


def _children(told: _Return, journey: ReturnJourney, day: date) -> Found:
    for child in told.people:
        if child.age is Age.ADULT or not child.travels or (child.removed_at and child.removed_at.date() <= day):
            continue
        company, who = child.company, _who(told, child)
        on_board = [leg.escort_role is not None for leg in told.legs[journey.id]]
        handover = told.record(RecordKind.HANDOVER, date.max, child.id).get("signed_by")
        found = {
            ChildCheck.BEST_INTERESTS: _told(_in_interests(told, child, day)),
            ChildCheck.ACCOMPANIED: _told(bool(on_board) and all(on_board)),
            ChildCheck.ARRANGEMENTS: _told(_is_received(told, child, day)),
            ChildCheck.HANDED_OVER: Told.NOT_KNOWN if handover is None else _told(handover != "nobody"),
            ChildCheck.OVERRIDE: _told(
                any(each.about_id == child.id and each.journey_id == journey.id for each in told.overrides)
            ),
        }
        for what, fulfilled in found.items():
            yield Counted(Thing.CHILD_CHECK, day, what, fulfilled, company, who)


def _in_interests(told: _Return, child: CasePerson, day: date) -> bool:
    """A child alone needs a determination by a panel; a child in a family an assessment (GCM 21(g))."""
    determined = any(
        each.about_id == child.id and each.decided_at is not None and each.decided_at.date() <= day
        for each in told.decided
    )
    assessed = bool(told.record(RecordKind.BIA, day, child.id))
    return determined or (assessed and child.company is Company.WITH_PARENT)


def _is_received(told: _Return, child: CasePerson, day: date) -> bool:
    reception = told.record(RecordKind.RECEPTION, day, child.id) or told.record(RecordKind.RECEPTION, day)
    return "" < reception.get("confirmed_on", "") <= day.isoformat()


def _guardians(told: _Return) -> Found:
    """Each unaccompanied or separated child, in the quarter in which they were found to be one."""
    for child in told.people:
        if child.age is Age.ADULT or child.company is Company.WITH_PARENT or child.removed_at is not None:
            continue
        found_on = child.added_at.date()
        appointed = told.record(RecordKind.GUARDIAN, date.max, child.id).get("appointed_on")
        in_time = bool(appointed) and date.fromisoformat(str(appointed)) - found_on <= GUARDIAN_WITHIN
        yield Counted(Thing.GUARDIAN, found_on, NONE, _told(in_time), child.company, _who(told, child))


def _withdrawals(told: _Return) -> Found:
    """Honoured: no return departed after the consent was taken back, unless another was given in between."""
    for consent in told.consents:
        if consent.withdrawn_at is None or consent.state is not ConsentState.WITHDRAWN:
            continue
        back = consent.withdrawn_at
        later = [each.decided_at for each in told.consents if each.decided_at and each.decided_at > back]
        broken = any(
            journey.departed_on is not None
            and journey.departed_on > back.date()
            and not any(given.date() <= journey.departed_on for given in later)
            for journey in told.journeys
        )
        yield Counted(Thing.WITHDRAWAL, back.date(), outcome=_told(not broken))


def _documents(told: _Return) -> Found:
    """Each travel document, in the quarter in which it was asked for."""
    for each in told.records:
        asked = str(each.coded.get("requested_on") or "")
        if each.kind is not RecordKind.TRAVEL_DOCUMENT or each.replaced_at is not None or not asked:
            continue
        issued, wanted = str(each.coded.get("issued_on") or ""), date.fromisoformat(asked)
        band = Days.NEVER if each.coded.get("state") == "refused" else Days.NOT_YET
        if issued:
            band = days_band((date.fromisoformat(issued) - wanted).days)
        yield Counted(Thing.TRAVEL_DOCUMENT, wanted, str(each.coded.get("type")), band)


def _monitored(told: _Return) -> Found:
    """What was written of each monitored return. What monitors did not see stays not known."""
    for each in told.records:
        if each.kind is not RecordKind.MONITORING or each.replaced_at is not None:
            continue
        coded = {name: str(value) for name, value in each.coded.items()}
        found = {check: _known(coded.get(name)) for check, name in _SEEN.items()}
        if coded.get("needs_known") == "not_needed":
            found[MonitorCheck.NEEDS_KNOWN] = Told.NOT_APPLICABLE
        restraint, incident = coded.get("restraint"), coded.get("incident")
        found[MonitorCheck.RESTRAINT] = Told.NOT_KNOWN if restraint is None else _told(restraint != "none")
        found[MonitorCheck.INCIDENT] = Told.NOT_KNOWN if incident is None else _told(incident != "none")
        hours = coded.get("notice_hours")
        found[MonitorCheck.NOTICE] = Told.NOT_KNOWN if hours is None else _told(int(hours) >= NOTICE_HOURS)
        for check, fulfilled in found.items():
            yield Counted(Thing.MONITORED, each.made_on, check, fulfilled, coded.get("mode", "none"))


def _who(told: _Return, child: CasePerson) -> Who:
    own = told.file.who
    return own if child.relation is Relation.SELF else someone(own, UNDER_18)


def _told(what: object) -> Told:
    return Told.YES if what else Told.NO


def _if(arises: bool, told: Told) -> Told:  # noqa: FBT001  # it reads as a sentence
    return told if arises else Told.NOT_APPLICABLE


def _known(answer: str | None) -> Told:
    return Told(answer) if answer in (YES, NO) else Told.NOT_KNOWN


def _not(told: Told) -> Told:
    return {Told.YES: Told.NO, Told.NO: Told.YES}.get(told, told)


def _all_yes(record: Mapping[str, str]) -> bool:
    return bool(record) and all(value == YES for value in record.values())
