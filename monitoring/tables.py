"""The fixed catalogue of published tables. No other cut is ever made: ad-hoc cuts are how tables give people away."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cases.fact_rules import Thing
from cases.rules import ComplaintAbout, NeedKind
from foundation.language import Message, _, _p
from monitoring import axes
from monitoring.axes import Axis
from monitoring.disclosure import PUBLIC, Policy
from monitoring.ledger import TOTAL, PublishedTable

POLICY = Policy(
    version="public-1",
    threshold=PUBLIC.threshold,
    width=PUBLIC.width,
    # Fear, violence and distress are told for the whole population only: a small place must not be marked by them.
    sensitive={
        "need": frozenset([NeedKind.SAFETY.value, NeedKind.PSYCHOSOCIAL.value, NeedKind.CHILD_PROTECTION.value]),
        "flag": frozenset(axes.FLAG.codes),
        "theme": frozenset([ComplaintAbout.EXPLOITATION.value]),
    },
)


@dataclass(frozen=True, slots=True)
class TableSpec:
    name: str
    title: Message
    note: Message
    thing: Thing
    axes: tuple[Axis, ...]
    population: str = ""
    """Tables that count the same things bear one name, and are judged together; left out, the table's own."""
    kind: str = ""
    """Only facts of this kind; left out, all of the thing."""

    @property
    def counted_in(self) -> str:
        return self.population or self.name


CATALOGUE: tuple[TableSpec, ...] = (
    TableSpec(
        "cases",
        _("Cases opened, by sex, age and country of return"),
        _("A case is counted in the quarter in which it was opened."),
        Thing.CASE,
        (axes.SEX, axes.AGE, axes.COUNTRY),
    ),
    TableSpec(
        "cases_by_origin",
        _("Cases opened, by country returned from and country of return"),
        _("A case is counted in the quarter in which it was opened. No country is ranked against another."),
        Thing.CASE,
        (axes.CAME_FROM, axes.COUNTRY),
        population="cases",
    ),
    TableSpec(
        "cases_by_return",
        _("Cases opened, by how people return and country of return"),
        _("A case is counted in the quarter in which it was opened, with what is known of the return."),
        Thing.CASE,
        (axes.RETURN_TYPE, axes.COUNTRY),
        population="cases",
    ),
    TableSpec(
        "flagged",
        _("Cases opened, by whether a safeguard flag was raised"),
        _("A flag that was found to be wrong does not count."),
        Thing.CASE,
        (axes.FLAGGED, axes.COUNTRY),
        population="cases",
    ),
    TableSpec(
        "flags",
        _("Safeguard flags, by kind"),
        _("A flag is counted in the quarter in which it was raised, for the whole country only."),
        Thing.FLAG,
        (axes.FLAG,),
    ),
    TableSpec(
        "needs",
        _("Needs, by kind and area"),
        _("One person can have several needs. Sensitive needs are shown for all areas together only."),
        Thing.NEED,
        (axes.NEED, axes.AREA),
    ),
    TableSpec(
        "skills",
        _("Skills brought back, by occupation and area"),
        _("A person counts once in each major group, in the quarter in which the case was opened."),
        Thing.SKILL,
        (axes.OCCUPATION, axes.AREA),
    ),
    TableSpec(
        "counselling",
        _("People counselled about a return, by whether they understood the language"),
        _("A person counts once, in the quarter of the first session. An interpreter counts as understood."),
        Thing.COUNSELLING,
        (axes.UNDERSTOOD, axes.SEX),
    ),
    TableSpec(
        "plans",
        _("Cases opened, by whether a plan was agreed within 30 days, sex and age"),
        _("A case is counted in the quarter in which it was opened, with its first plan as it stands at the release."),
        Thing.PLAN,
        (axes.PLANNED, axes.SEX, axes.AGE),
        population="cases",
    ),
    TableSpec(
        "activities",
        _("Activities of plans, by kind and status"),
        _("An activity is counted in the quarter in which it is to begin."),
        Thing.ACTIVITY,
        (axes.ACTIVITY, axes.STATUS),
    ),
    TableSpec(
        "referrals",
        _("Referrals, by kind of service and outcome"),
        _("A referral is counted in the quarter in which it was made, with its outcome on the day of the release."),
        Thing.REFERRAL,
        (axes.SERVICE, axes.OUTCOME),
    ),
    TableSpec(
        "referral_words",
        _("Referrals, by what the partner and the person say"),
        _("The person's own word stands beside the partner's."),
        Thing.REFERRAL,
        (axes.OUTCOME, axes.WORD),
        population="referrals",
    ),
    TableSpec(
        "referral_waits",
        _("Referrals, by the days until the first service, and area"),
        _("From the day on which the referral was sent to the day on which the partner says that the service began."),
        Thing.REFERRAL_WAIT,
        (axes.DAYS, axes.AREA),
        population="referrals",
    ),
    TableSpec(
        "placements",
        _("Jobs and courses, by how far it came, and sex"),
        _("Counted in the quarter in which it began, or else was last heard of."),
        Thing.PLACEMENT,
        (axes.OPENING, axes.PLACING, axes.SEX),
    ),
    TableSpec(
        "applications",
        _("Applications to institutions, by what is applied for and the decision"),
        _("An application is counted in the quarter in which it was begun, with the decision at the release."),
        Thing.APPLICATION,
        (axes.APPLICATION, axes.DECISION),
    ),
    TableSpec(
        "follow_up",
        _("Follow-up, by when it was due, who was reached, and sex"),
        _("A follow-up is counted in the quarter in which it fell due: all who stand here came back at the same time."),
        Thing.FOLLOW_UP,
        (axes.WAVE, axes.REACHED, axes.SEX),
    ),
    *(
        TableSpec(
            f"follow_up_{axis.name}",
            axis.label,
            _("Of all who were to be asked. Who was not reached stands there too, as one of whom it does not arise."),
            thing,
            (axes.REACHED_THEN, axes.WAVE, axis),
            population="follow_up",
        )
        for thing, axis in axes.ANSWERS.items()
    ),
    TableSpec(
        "follow_up_score",
        _("Scores of the survey, by band, weights and when"),
        _("Of all who were to be asked. Scores with different weights are not comparable, and no verdict."),
        Thing.SCORE,
        (axes.REACHED_THEN, axes.WAVE, axes.SCORE),
        population="follow_up",
    ),
    TableSpec(
        "returns",
        _("Returns that departed, by how people returned and country"),
        _("A return is counted in the quarter of the departure."),
        Thing.RETURN,
        (axes.RETURNED_HOW, axes.COUNTRY),
    ),
    *(
        TableSpec(
            f"returns_{check}",
            axis.label,
            _("Of all returns that departed. Only what had been recorded by the day of the departure counts."),
            Thing.RETURN_CHECK,
            (axis, axes.RETURN_TYPE_THEN),
            population="returns",
            kind=check,
        )
        for check, axis in axes.RETURN_CHECKS.items()
    ),
    TableSpec(
        "withdrawals",
        _("Consents to return that were taken back, by whether no return followed, and sex"),
        _("Counted in the quarter in which the consent was taken back."),
        Thing.WITHDRAWAL,
        (axes.WITHDRAWAL, axes.SEX),
    ),
    *(
        TableSpec(
            f"children_{check}",
            axis.label,
            _("Of all children who were returned, also with their family. Counted in the quarter of the departure."),
            Thing.CHILD_CHECK,
            (axis, axes.COMPANY),
            population="children",
            kind=check,
        )
        for check, axis in axes.CHILD_CHECKS.items()
    ),
    TableSpec(
        "guardians",
        _("Children found to be unaccompanied or separated, by whether a guardian was appointed in time"),
        _("Counted in the quarter in which the child was found to be one."),
        Thing.GUARDIAN,
        (axes.GUARDIAN, axes.COMPANY),
    ),
    TableSpec(
        "documents",
        _("Travel documents, by the days until they were issued"),
        _("A document is counted in the quarter in which it was asked for."),
        Thing.TRAVEL_DOCUMENT,
        (axes.DOCUMENT_DAYS,),
    ),
    *(
        TableSpec(
            f"monitored_{check}",
            axis.label,
            _("Of all records of monitored returns. What monitors did not see is not known, and never a yes or a no."),
            Thing.MONITORED,
            (axis,),
            population="monitored",
            kind=check,
        )
        for check, axis in axes.MONITOR_CHECKS.items()
    ),
    TableSpec(
        "overrides",
        _("Rules of the child gate that were set aside"),
        _("Each needs a reason and two people. Counted in the quarter in which the second person agreed."),
        Thing.OVERRIDE,
        (axes.RULE,),
    ),
    TableSpec(
        "complaints",
        _("Complaints, by theme and whether they were answered in time"),
        _("Nothing of whoever complains is counted."),
        Thing.COMPLAINT,
        (axes.THEME, axes.ANSWERED),
    ),
)
BY_NAME: dict[str, TableSpec] = {spec.name: spec for spec in CATALOGUE}
TOTAL_NAME = _p("table", "Total")
NUMBER = _p("column of a table", "Number")
"""Of a table of one dimension."""


def axis_of(spec: TableSpec, name: str) -> Axis:
    return next(axis for axis in spec.axes if axis.name == name)


@dataclass(frozen=True, slots=True)
class NamedAxis:
    """A dimension of a released table in words."""

    name: str
    label: Message
    codes: Mapping[str, Message]


@dataclass(frozen=True, slots=True)
class NamedTable:
    """A released table in words."""

    name: str
    title: Message
    note: Message
    axes: tuple[NamedAxis, ...]


_NO_LONGER_MADE = _("A table in this form is no longer made. It stands here as it was released.")


def named(table: PublishedTable) -> NamedTable:
    """In the words of the catalogue; by the names that the release holds where the catalogue no longer knows them."""
    spec = BY_NAME.get(table.name)
    axes = tuple(named_axis(table.name, each.name, each.codes) for each in table.dimensions)
    if spec is None or [axis.name for axis in spec.axes] != [axis.name for axis in axes]:
        # The title of today's table names dimensions that this one may not have.
        return NamedTable(table.name, _as_stored(table.name), _NO_LONGER_MADE, axes)
    return NamedTable(table.name, spec.title, spec.note, axes)


def named_axis(table: str, name: str, codes: Iterable[str]) -> NamedAxis:
    """The dimension of this name that the table has today, or else another table; codes as they were released."""
    specs = [BY_NAME[table], *CATALOGUE] if table in BY_NAME else CATALOGUE
    axis = next((axis for spec in specs for axis in spec.axes if axis.name == name), None)
    words = axis.codes if axis else {}
    label = axis.label if axis else _as_stored(name)
    return NamedAxis(name, label, {code: words.get(code) or _as_stored(code) for code in codes})


def _as_stored(name: str) -> Message:
    return Message("{name}").of(name=name)


def code_name(axis: Axis | NamedAxis, code: str) -> Message:
    """How a reader sees a code, the total included."""
    return TOTAL_NAME if code == TOTAL else axis.codes[code]
