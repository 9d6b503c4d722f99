"""What the rules of the gates look at: a case at one moment, in codes and dates."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from cases.record_kinds import RecordKind
from cases.rules import FlagKind
from cases.safeguard_rules import Age, BidDecision, Company, PanelBody, Relation, ReturnType


@dataclass(frozen=True, slots=True)
class Evidence:
    """A record in force: the day it speaks of, and its codes."""

    made_on: date
    coded: Mapping[str, str]

    def says(self, name: str, *codes: str) -> bool:
        return self.coded.get(name) in codes


@dataclass(frozen=True, slots=True)
class Determination:
    """The newest decision of a panel about a child."""

    decision: BidDecision
    decided_on: date
    bodies: frozenset[PanelBody]
    is_child_informed: bool


@dataclass(frozen=True, slots=True)
class Traveller:
    """Someone of the case, as the rules see them."""

    id: UUID
    relation: Relation
    age: Age
    company: Company
    travels: bool = True
    records: Mapping[RecordKind, tuple[Evidence, ...]] = field(default_factory=dict)
    determination: Determination | None = None

    @property
    def is_child(self) -> bool:
        """Whoever is not known to be an adult (CRC GC6)."""
        return self.age is not Age.ADULT

    @property
    def is_alone(self) -> bool:
        """An unaccompanied or separated child, or one whose company nobody has verified."""
        return self.is_child and self.company is not Company.WITH_PARENT

    def one(self, kind: RecordKind) -> Evidence | None:
        found = self.records.get(kind, ())
        return found[-1] if found else None


@dataclass(frozen=True, slots=True)
class Consented:
    """The consent to return, if it is in force."""

    decided_on: date
    by_guardian: bool


@dataclass(frozen=True, slots=True)
class Facts:
    today: date
    return_type: ReturnType
    people: tuple[Traveller, ...]
    flags: frozenset[FlagKind] = frozenset()
    """Kinds of the flags that stand: not settled, or found to be so and not solved."""
    consent: Consented | None = None
    legs: tuple[bool, ...] = ()
    """For each leg of the way, whether someone accompanies who may."""
    visits_planned: bool = False
    sources: Mapping[RecordKind, str] = field(default_factory=dict)
    """What records of a kind should rest on now: see `record_sources`."""
    overridden: frozenset[tuple[str, UUID]] = frozenset()
    """Rule and person: set aside by two people."""

    @property
    def principal(self) -> Traveller:
        return next(each for each in self.people if each.relation is Relation.SELF)

    @property
    def children(self) -> tuple[Traveller, ...]:
        """The children who would be returned."""
        return tuple(each for each in self.people if each.is_child and each.travels)

    def all(self, kind: RecordKind) -> Iterator[Evidence]:
        """Every record in force of a kind, about anyone of the case."""
        for person in self.people:
            yield from person.records.get(kind, ())

    def about(self, person: Traveller, kind: RecordKind) -> Evidence | None:
        """Theirs, or else that of the person whose case it is: one decision often binds a whole family."""
        return person.one(kind) or self.principal.one(kind)
