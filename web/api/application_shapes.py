"""Applications to institutions as the API reads and tells them."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from cases.record_fields import FieldKind
from foundation.language import say
from referrals.application_file import ApplicationView
from referrals.application_kinds import Kind
from referrals.application_rules import ApplicationState, Entry, Given, Outcome, Standing
from referrals.applying import Terms
from referrals.enterprise import unpacked
from referrals.portability import Branch, Grade, Route
from referrals.pursuing import possible_entries
from referrals.work_periods import Insured, WorkStatus
from web.api.business_plan import PlanTold, plan_told
from web.api.money import MoneyBody, MoneyTold, money_told
from web.api.shapes import Answer, Body
from web.forms import Line, Text

MOST_FIELDS = 40
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
"""ISO 3166 alpha-2."""


class ChoiceTold(Answer):
    code: str
    name: str


class FieldTold(Answer):
    name: str
    label: str
    kind: FieldKind
    """`choice`: one of the codes below; `day`: an ISO date; `words`: a text. All of it is kept sealed."""
    choices: list[ChoiceTold]
    required: bool
    """Before the application is submitted; half of it can be kept."""
    classification: str | None
    """`isco08`, `isced` or `isced_fields`: the value is a code of it."""


class DocumentKindTold(Answer):
    code: str
    name: str
    need: str
    """`needed`, `optional`, or the name of a group, of which one document is enough."""


class KindTold(Answer):
    kind: str
    name: str
    answer_days: int
    """Until an answer is asked after, where nobody names a day."""
    money: str | None
    """What the amount is called; null: it is not about money."""
    has_periods: bool
    """It rests on periods of work."""
    has_plan: bool
    """It carries the business plan of the case."""
    fields: list[FieldTold]
    documents: list[DocumentKindTold]
    outcomes: list[ChoiceTold]
    steps: list[str]


class TermsBody(Body):
    """Whole: what is left out is empty."""

    institution: Line
    country: Country
    reference: Line = ""
    """The number that the institution gave it."""
    details: Annotated[dict[Line, Text], Field(default_factory=dict, max_length=MOST_FIELDS)]
    """By the names of the kind's fields."""
    amount: MoneyBody | None = None
    due_on: date | None = None
    """The last day to submit it."""

    def terms(self) -> Terms:
        amount, currency = self.amount.read() if self.amount else (None, None)
        return Terms(self.institution, self.country, self.reference, self.details, amount, currency, self.due_on)


class ApplicationBody(TermsBody):
    kind: Line
    """One of the kinds."""


class DocumentBody(Body):
    standing: Standing
    note: Text = ""
    """Needed for what cannot be had: why, and what shows the same."""
    file_id: UUID | None = None
    """A file of the case; it is then kept as long as the case."""


class AuthorisationBody(Body):
    on_day: date
    how: Given
    covers: Text
    """What the institution may be given."""
    file_id: UUID | None = None
    guardian_evidence: Text = ""
    """For a child, by who may authorise it: which guardian agreed, and how that was checked."""


class EndBody(Body):
    on_day: date
    note: Text = ""


class EntryBody(Body):
    what: Entry
    """What happened. `opened` and the authorisation are not recorded here."""
    on_day: date
    note: Text = ""
    due_on: date | None = None
    """The answer, what was asked for, or the last day of an appeal; null: by the usual time of the kind."""
    outcome: Outcome | None = None
    """With `decided`, and only then."""
    reference: Line = ""


class PeriodBody(Body):
    starts_on: date
    ends_on: date | None = None
    """Null: not known any more."""
    employer: Line
    place: Line
    work: Line = ""
    status: WorkStatus = WorkStatus.EMPLOYED
    insured: Insured = Insured.UNKNOWN
    scheme: Line = ""
    proof: Line = ""
    """What shows it: papers, or witnesses, photos, transfers."""


class ApplicationListed(Answer):
    id: UUID
    kind: str
    state: ApplicationState
    country: str
    due_on: date | None
    """What is due next: to submit, the answer, what was asked for, an appeal."""
    submitted_on: date | None
    decided_on: date | None
    outcome: Outcome | None


class DocumentTold(Answer):
    code: str
    standing: Standing
    note: str
    file_id: UUID | None


class EntryTold(Answer):
    what: Entry
    on_day: date
    due_on: date | None
    outcome: Outcome | None
    note: str
    by: str | None
    """The name of a member of staff; null: the person."""
    at: datetime


class PeriodTold(Answer):
    id: UUID
    starts_on: date
    ends_on: date | None
    employer: str
    place: str
    work: str
    status: WorkStatus
    insured: Insured
    scheme: str
    proof: str


class AuthorisationTold(Answer):
    on_day: date
    how: Given
    covers: str
    file_id: UUID | None


class ApplicationTold(ApplicationListed):
    institution: str
    reference: str
    details: dict[str, str]
    amount: MoneyTold | None
    authorisation: AuthorisationTold | None
    documents: list[DocumentTold]
    periods: list[PeriodTold]
    plan: PlanTold | None
    """The business plan as it was submitted."""
    entries: list[EntryTold]
    next: list[Entry]
    """What can be recorded now."""
    unready: list[str]
    """While it is prepared: what keeps it from being submitted, in the reader's language."""


class RouteTold(Answer):
    route: Route
    branches: list[Branch]
    """Empty: every branch of social security."""
    note: str
    source: str
    grade: Grade
    """`A`: read in a source of an institution; `B`: well known; `C`: not sure. To be confirmed in every case."""
    read_on: date | None
    """Null: general guidance, of no pair of countries."""


def kind_told(language: str, kind: Kind) -> KindTold:
    return KindTold(
        kind=kind.code,
        name=say(language, kind.name),
        answer_days=kind.answer_days,
        money=say(language, kind.money) if kind.money else None,
        has_periods=kind.has_periods,
        has_plan=kind.has_plan,
        fields=[
            FieldTold(
                name=field.name,
                label=say(language, field.label),
                kind=field.kind,
                choices=[ChoiceTold(code=code, name=say(language, name)) for code, name in field.choices.items()],
                required=field.required,
                classification=kind.coded.get(field.name),
            )
            for field in kind.fields
        ],
        documents=[
            DocumentKindTold(code=each.code, name=say(language, each.name), need=each.need) for each in kind.documents
        ],
        outcomes=[ChoiceTold(code=code, name=say(language, name)) for code, name in kind.outcomes.items()],
        steps=[say(language, each) for each in kind.steps],
    )


def application_told(language: str, view: ApplicationView) -> ApplicationTold:
    row = view.row
    return ApplicationTold(
        id=row.id,
        kind=row.kind,
        state=row.state,
        country=row.country,
        due_on=row.due_on,
        submitted_on=row.submitted_on,
        decided_on=row.decided_on,
        outcome=row.outcome,
        institution=view.institution,
        reference=view.reference,
        details=dict(view.details),
        amount=money_told(row.amount, row.currency) if row.amount is not None and row.currency else None,
        authorisation=_authorisation(view),
        documents=[
            DocumentTold(code=each.row.code, standing=each.row.standing, note=each.note, file_id=each.row.file_id)
            for each in view.documents
        ],
        periods=[PeriodTold(id=period_id, **asdict(period)) for period_id, period in view.periods],
        plan=plan_told(unpacked(view.plan)) if view.plan else None,
        entries=[
            EntryTold(
                what=each.row.what,
                on_day=each.row.on_day,
                due_on=each.row.due_on,
                outcome=each.row.outcome,
                note=each.note,
                by=each.by or None,
                at=each.row.at,
            )
            for each in view.entries
        ],
        next=possible_entries(row.state),
        unready=[say(language, each) for each in view.unready] if row.state is ApplicationState.PREPARING else [],
    )


def _authorisation(view: ApplicationView) -> AuthorisationTold | None:
    row = view.row
    if row.authorised_on is None or row.authorised_how is None:
        return None
    return AuthorisationTold(
        on_day=row.authorised_on,
        how=row.authorised_how,
        covers=view.authorisation,
        file_id=row.authorisation_file_id,
    )
