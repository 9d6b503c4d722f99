"""The fixed catalogue of published tables. No other cut is ever made: ad-hoc cuts are how tables give people away."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import InstrumentedAttribute

from cases.models import Fact
from cases.rules import COUNTRY_NAMES, NEED_NAMES, UNKNOWN, NeedKind, Thing
from foundation.language import Message, _, _p
from monitoring.disclosure import PUBLIC, Policy
from monitoring.ledger import TOTAL, Dimension
from referrals.rules import SERVICE_KIND_NAMES, ReferralState, ServiceKind

POLICY = Policy(
    version="public-1",
    threshold=PUBLIC.threshold,
    width=PUBLIC.width,
    # Fear, violence and distress are told for the whole population only: a small place must not be marked by them.
    sensitive={
        "need": frozenset([NeedKind.SAFETY.value, NeedKind.PSYCHOSOCIAL.value, NeedKind.CHILD_PROTECTION.value])
    },
)
REST = "other"
"""What no other code of a dimension covers, the unknown included."""


@dataclass(frozen=True, slots=True)
class Axis:
    """One dimension of a table: its codes with their names, and which stored codes each stands for."""

    name: str
    label: Message
    column: InstrumentedAttribute[str]
    codes: Mapping[str, Message]
    groups: Mapping[str, str]
    """Published code by stored code; a stored code that is not named here falls under the last code."""

    @property
    def dimension(self) -> Dimension:
        return Dimension(self.name, tuple(self.codes))

    def published(self, stored: str) -> str:
        return self.groups.get(stored, tuple(self.codes)[-1])


@dataclass(frozen=True, slots=True)
class TableSpec:
    name: str
    title: Message
    note: Message
    thing: Thing
    axes: tuple[Axis, ...]


_AREAS: dict[str, Message] = {
    "tn_greater_tunis": _("Greater Tunis"),
    "tn_north_east": _("North East"),
    "tn_north_west": _("North West"),
    "tn_centre_east": _("Centre East"),
    "tn_centre_west": _("Centre West"),
    "tn_south_east": _("South East"),
    "tn_south_west": _("South West"),
    "gm_banjul": _("Banjul"),
    "gm_kanifing": _("Kanifing"),
    "gm_brikama": _("Brikama"),
    "gm_mansakonko": _("Mansakonko"),
    "gm_kerewan": _("Kerewan"),
    "gm_kuntaur": _("Kuntaur"),
    "gm_janjanbureh": _("Janjanbureh"),
    "gm_basse": _("Basse"),
    UNKNOWN: _("Elsewhere or not known"),
}

_OUTCOMES: dict[str, Message] = {
    "waiting": _p("outcome", "Waiting for an answer"),
    "accepted": _p("outcome", "Accepted"),
    "completed": _p("outcome", "Completed"),
    "declined": _p("outcome", "Declined or no answer in time"),
    REST: _p("outcome", "Ended otherwise"),
}
_OUTCOME_OF: dict[str, str] = {
    ReferralState.DRAFT: "waiting",
    ReferralState.SENT: "waiting",
    ReferralState.ACKNOWLEDGED: "waiting",
    ReferralState.ACCEPTED: "accepted",
    ReferralState.IN_SERVICE: "accepted",
    ReferralState.COMPLETED: "completed",
    ReferralState.DECLINED: "declined",
    ReferralState.EXPIRED: "declined",
}

_SEX = Axis(
    "sex",
    _("Sex"),
    Fact.sex,
    {"female": _p("sex", "Female"), "male": _p("sex", "Male"), REST: _p("sex", "Other or not said")},
    {"female": "female", "male": "male"},
)
_AGE = Axis(
    "age",
    _("Age"),
    Fact.age_band,
    {"0-17": _("0 to 17"), "18-59": _("18 to 59"), "60+": _("60 and older"), UNKNOWN: _p("age", "Not known")},
    {"0-14": "0-17", "15-17": "0-17", "18-24": "18-59", "25-39": "18-59", "40-59": "18-59", "60+": "60+"},
)
_COUNTRY = Axis("country", _("Country of return"), Fact.country, COUNTRY_NAMES, {"TN": "TN", "GM": "GM"})
_NEED = Axis(
    "need", _("Need"), Fact.kind, {kind.value: NEED_NAMES[kind] for kind in NeedKind}, {kind: kind for kind in NeedKind}
)
_AREA = Axis("area", _("Area"), Fact.area, _AREAS, {code: code for code in _AREAS})
_SERVICE = Axis(
    "service",
    _("Kind of service"),
    Fact.kind,
    {kind.value: SERVICE_KIND_NAMES[kind] for kind in ServiceKind},
    {kind: kind for kind in ServiceKind},
)
_OUTCOME = Axis("outcome", _("Outcome"), Fact.outcome, _OUTCOMES, _OUTCOME_OF)

CATALOGUE: tuple[TableSpec, ...] = (
    TableSpec(
        "cases",
        _("Cases opened, by sex, age and country of return"),
        _("A case is counted in the quarter in which it was opened."),
        Thing.CASE,
        (_SEX, _AGE, _COUNTRY),
    ),
    TableSpec(
        "needs",
        _("Needs, by kind and area"),
        _("One person can have several needs. Sensitive needs are shown for all areas together only."),
        Thing.NEED,
        (_NEED, _AREA),
    ),
    TableSpec(
        "referrals",
        _("Referrals, by kind of service and outcome"),
        _("A referral is counted in the quarter in which it was made, with its outcome on the day of the release."),
        Thing.REFERRAL,
        (_SERVICE, _OUTCOME),
    ),
)
BY_NAME: dict[str, TableSpec] = {spec.name: spec for spec in CATALOGUE}
TOTAL_NAME = _p("table", "Total")


def axis_of(spec: TableSpec, name: str) -> Axis:
    return next(axis for axis in spec.axes if axis.name == name)


def code_name(axis: Axis, code: str) -> Message:
    """How a reader sees a code, the total included."""
    return TOTAL_NAME if code == TOTAL else axis.codes[code]
