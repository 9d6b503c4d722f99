"""What the rules of the gates look for: each check is one question about one person, answered from the facts alone.

A check is true only if the evidence says so; evidence that is missing never fulfils one.
"""

from collections.abc import Callable
from datetime import timedelta

from cases.gate_facts import Evidence, Facts, Traveller
from cases.record_fields import NO, YES
from cases.record_kinds import NOT_NEEDED, RecordKind
from cases.rules import FlagKind
from cases.safeguard_rules import BY_CHOICE, WITHOUT_DECISION, BidDecision, Company, PanelBody, Relation

Check = Callable[[Facts, Traveller], bool]

BEST_INTERESTS_HOLD = timedelta(days=183)
"""How long an assessment or a determination holds before it must be looked at anew."""
TIME_TO_DECIDE = timedelta(days=3)
"""At least so long between the information and the consent: our proposal."""


def any_child(_facts: Facts, person: Traveller) -> bool:
    return person.is_child and person.travels


def child_alone(_facts: Facts, person: Traveller) -> bool:
    return person.is_alone and person.travels


def child_in_family(_facts: Facts, person: Traveller) -> bool:
    return person.is_child and person.travels and person.company is Company.WITH_PARENT


def principal(_facts: Facts, person: Traveller) -> bool:
    return person.relation is Relation.SELF


def adult(_facts: Facts, person: Traveller) -> bool:
    return person.travels and not person.is_child


def under_decision(facts: Facts, person: Traveller) -> bool:
    return principal(facts, person) and facts.return_type not in WITHOUT_DECISION


def by_choice(facts: Facts, person: Traveller) -> bool:
    return principal(facts, person) and facts.return_type in BY_CHOICE


def has(kind: RecordKind, **wanted: str | tuple[str, ...]) -> Check:
    """The person's own record of a kind says this in every field named."""

    def check(_facts: Facts, person: Traveller) -> bool:
        found = person.one(kind)
        return found is not None and _says(found, wanted)

    return check


def _says(found: Evidence, wanted: dict[str, str | tuple[str, ...]]) -> bool:
    return all(found.says(name, *([codes] if isinstance(codes, str) else codes)) for name, codes in wanted.items())


def both(*checks: Check) -> Check:
    return lambda facts, person: all(check(facts, person) for check in checks)


def rests_on_the_newest(kind: RecordKind) -> Check:
    """The record was made on what stands elsewhere in the case now, not on something older or on nothing."""

    def check(facts: Facts, person: Traveller) -> bool:
        found, source = person.one(kind), facts.sources.get(kind)
        return found is not None and source is not None and found.coded.get("rests_on") == source

    return check


def is_fresh(facts: Facts, person: Traveller) -> bool:
    """A best-interests assessment that still holds, in which the child was heard."""
    bia = person.one(RecordKind.BIA)
    return bia is not None and facts.today - BEST_INTERESTS_HOLD <= bia.made_on <= facts.today


def assessed(facts: Facts, person: Traveller) -> bool:
    bia = person.one(RecordKind.BIA)
    # What the panel decides about a child who needs one is rule C05.
    good = ("in_interest", "bid_needed") if person.is_alone else ("in_interest",)
    return bia is not None and is_fresh(facts, person) and bia.says("finding", *good)


def determined(facts: Facts, person: Traveller) -> bool:
    found = person.determination
    return (
        found is not None
        and found.decision is BidDecision.RETURN
        and facts.today - BEST_INTERESTS_HOLD <= found.decided_on <= facts.today
        and bool(found.bodies - {PanelBody.MIGRATION_AUTHORITY})
    )


def each_child_heard(facts: Facts, _person: Traveller) -> bool:
    return all(
        is_fresh(facts, child) and has(RecordKind.BIA, heard=("alone", "not_safe_alone"))(facts, child)
        for child in facts.children
    )


def has_guardian(facts: Facts, person: Traveller) -> bool:
    guardian = person.one(RecordKind.GUARDIAN)
    if guardian is None or not guardian.says("reachable", YES):
        return False
    is_open = suspended(facts) or any(claim.says("state", "pending") for claim in facts.all(RecordKind.CLAIM))
    return guardian.says("representative", "appointed") if is_open else not guardian.says("representative", "missing")


def no_danger(facts: Facts, person: Traveller) -> bool:
    risk = facts.about(person, RecordKind.RISK)
    return risk is not None and risk.says("danger", NO) and not facts.flags & _DANGER


_DANGER = frozenset([FlagKind.FEAR_OF_RETURN, FlagKind.TRAFFICKING, FlagKind.TORTURE])


def together(facts: Facts, person: Traveller) -> bool:
    unity = person.one(RecordKind.FAMILY_UNITY)
    if unity is None:
        return False
    return unity.says("separation", "none") or (unity.says("separation", "in_interest") and determined(facts, person))


def accompanied(facts: Facts, _person: Traveller) -> bool:
    return bool(facts.legs) and all(facts.legs)


def received(facts: Facts, person: Traveller) -> bool:
    reception = facts.about(person, RecordKind.RECEPTION)
    return reception is not None and reception.says("place", "family", "community", "foster", "residential")


def suspended(facts: Facts) -> bool:
    """An appeal is open that suspends the return, or may."""
    return any(
        appeal.says("outcome", "pending") and not appeal.says("suspensive", NO)
        for appeal in facts.all(RecordKind.APPEAL)
    )


def not_suspended(facts: Facts, _person: Traveller) -> bool:
    return not suspended(facts)


def advised(facts: Facts, person: Traveller) -> bool:
    advice = facts.about(person, RecordKind.ADVICE)
    return advice is not None and _says(advice, {"understood": YES, "legal_help": YES})


def exhausted(facts: Facts, person: Traveller) -> bool:
    remedies = facts.about(person, RecordKind.REMEDIES)
    return remedies is not None and remedies.says("state", "exhausted", "waived")


def remedied(facts: Facts, person: Traveller) -> bool:
    return exhausted(facts, person) and advised(facts, person) and not suspended(facts)


def has_travel_document(facts: Facts, person: Traveller) -> bool:
    return any(
        each.says("state", "issued") and each.coded.get("expires_on", "9999-12-31") >= facts.today.isoformat()
        for each in person.records.get(RecordKind.TRAVEL_DOCUMENT, ())
    )


def has_papers(facts: Facts, person: Traveller) -> bool:
    return has_travel_document(facts, person) and has(
        RecordKind.CIVIL_DOCUMENTS, birth=YES, school=(YES, NOT_NEEDED), health=(YES, NOT_NEEDED)
    )(facts, person)


def consulate_was_right(facts: Facts, person: Traveller) -> bool:
    """Whoever is recorded as contacted was so only if that is wanted and safe, and no claim is open or granted."""
    claimed = any(claim.says("state", "pending", "granted") for claim in facts.all(RecordKind.CLAIM))
    contacted = [each for each in person.records.get(RecordKind.CONSULAR, ()) if each.says("contacted", YES)]
    return all(_says(each, {"wanted": YES, "safe": YES}) and not claimed for each in contacted)


def consulate_considered(facts: Facts, person: Traveller) -> bool:
    return person.one(RecordKind.CONSULAR) is not None and consulate_was_right(facts, person)


def free_of(*kinds: FlagKind) -> Check:
    return lambda facts, _person: not facts.flags & {*kinds}


def no_claim_open(facts: Facts, _person: Traveller) -> bool:
    return not any(claim.says("state", "pending", "granted") for claim in facts.all(RecordKind.CLAIM))


def informed(_facts: Facts, person: Traveller) -> bool:
    told = person.one(RecordKind.INFORMATION)
    return told is not None and bool(told.coded) and all(code == YES for code in told.coded.values())


def had_time(facts: Facts, person: Traveller) -> bool:
    told = person.one(RecordKind.INFORMATION)
    return told is not None and facts.consent is not None and facts.consent.decided_on - told.made_on >= TIME_TO_DECIDE


def consents(facts: Facts, person: Traveller) -> bool:
    return facts.consent is not None and (not person.is_child or facts.consent.by_guardian)


def visits_planned(facts: Facts, _person: Traveller) -> bool:
    return facts.visits_planned
