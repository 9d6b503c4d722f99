"""The fields of a vacancy and of a course as they are asked on a page: one list each, in the order of the page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cases.classifications import ISCED, ISCED_FIELDS, classification
from cases.rules import COUNTRY_NAMES
from cases.sheets import ARRIVAL, built_in_sheets
from cases.work_codes import UNKNOWN_LEVEL
from foundation.language import Message, _, _p, say
from questionnaire.wording import choice_words
from referrals.opening_models import Course, Opening, Vacancy
from referrals.opening_reading import COURSE_FIELDS, VACANCY_FIELDS
from referrals.opening_rules import (
    CONTRACT_NAMES,
    OPENING_KIND_NAMES,
    WAGE_PERIOD_NAMES,
    OpeningKind,
)
from referrals.openings import COUNTRIES, areas_in
from web.api.money import figures
from web.forms import Line, Posted

Choices = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    label: Message
    kind: str = "text"
    """Of the field on the page: `text`, `number`, `date`, `amount` or `choice`."""
    required: bool = False
    hint: Message | None = None


_LABELS: dict[str, Field] = {
    each.name: each
    for each in (
        Field("reference", _("Reference, your own"), required=True),
        Field("title", _p("opening", "Title"), required=True),
        Field("kind", _p("opening", "Kind"), "choice", required=True),
        Field("country", _("Country"), "choice", required=True),
        Field("area", _("Area"), "choice", hint=_("Empty: the whole country.")),
        Field("isco", _("Occupation, as four digits of ISCO-08"), required=True),
        Field("employer", _("Employer"), required=True),
        Field("contract", _("Contract"), "choice", required=True),
        Field("hours", _("Hours a week"), "number"),
        Field("wage_from", _("Wage from"), "amount"),
        Field("wage_to", _("Wage up to"), "amount"),
        Field("period", _("Paid for"), "choice"),
        Field("field", _("Field of education (ISCED-F 2013)"), "choice"),
        Field(
            "occupations",
            _("Occupations that it leads to, as digits of ISCO-08"),
            hint=_("Two to four digits each, with blanks between. Empty: it is for people of any occupation."),
        ),
        Field("certificate", _("Certificate")),
        Field("cost", _("Cost for the person"), "amount", hint=_("Empty: free of charge.")),
        Field("stipend", _("Stipend a month"), "amount"),
        Field("currency", _("Currency, as three letters")),
        Field("languages", _("Languages, as codes with blanks between"), hint=_("Empty: any.")),
        Field("level", _("Least level of education (ISCED 2011)"), "choice"),
        Field("places", _("Places"), "number", hint=_("Empty: nobody counts them.")),
        Field("starts_on", _("Starts on"), "date"),
        Field("ends_on", _("Ends on"), "date"),
        Field("apply_until", _("Last day to apply"), "date", required=True),
    )
}


def fields_of(kind: OpeningKind) -> list[Field]:
    known = VACANCY_FIELDS if kind is OpeningKind.VACANCY else COURSE_FIELDS
    return [field for name, field in _LABELS.items() if name in known]


class WhoseForm(Posted):
    organisation: Line = ""
    service: Line = ""


class VacancyForm(WhoseForm):
    reference: Line = ""
    title: Line = ""
    country: Line = ""
    area: Line = ""
    isco: Line = ""
    employer: Line = ""
    contract: Line = ""
    hours: Line = ""
    wage_from: Line = ""
    wage_to: Line = ""
    period: Line = ""
    currency: Line = ""
    languages: Line = ""
    level: Line = ""
    places: Line = ""
    starts_on: Line = ""
    apply_until: Line = ""


class CourseForm(WhoseForm):
    reference: Line = ""
    title: Line = ""
    kind: Line = ""
    country: Line = ""
    area: Line = ""
    field: Line = ""
    occupations: Line = ""
    certificate: Line = ""
    cost: Line = ""
    stipend: Line = ""
    currency: Line = ""
    languages: Line = ""
    level: Line = ""
    places: Line = ""
    starts_on: Line = ""
    ends_on: Line = ""
    apply_until: Line = ""


def choices_in(language: str) -> dict[str, Choices]:
    """What can be chosen, by the name of the field."""

    def names(found: Mapping[Any, Message]) -> Choices:
        return [
            (str(code.value if hasattr(code, "value") else code), say(language, name)) for code, name in found.items()
        ]

    def codes(name: str) -> Choices:
        return [
            (each.code, f"{each.code} {each.words(language)[0]}")
            for each in classification(name).codes
            if (name, each.code) != (ISCED, UNKNOWN_LEVEL)
        ]

    no_vacancy = {kind: name for kind, name in OPENING_KIND_NAMES.items() if kind is not OpeningKind.VACANCY}
    return {
        "country": names({code: COUNTRY_NAMES[code] for code in COUNTRIES}),
        "area": [(code, area_name(language, code)) for country in COUNTRIES for code in areas_in(country)],
        "kind": names(no_vacancy),
        "contract": names(CONTRACT_NAMES),
        "period": names(WAGE_PERIOD_NAMES),
        "field": codes(ISCED_FIELDS),
        "level": codes(ISCED),
    }


def area_name(language: str, code: str) -> str:
    """The name of an area as the arrival form asks for it."""
    form = built_in_sheets()[ARRIVAL]
    choice = next(each for each in form.question("area").choices if each.code == code)
    return say(language, choice_words(form, choice, language))


def written(opening: Opening) -> dict[str, str]:
    """What stands in the fields of a form for what is stored."""
    kind = OpeningKind.VACANCY if isinstance(opening, Vacancy) else OpeningKind.COURSE
    values = {field.name: _text(getattr(opening, field.name)) for field in fields_of(kind)}
    if isinstance(opening, Course):
        values["occupations"] = " ".join(each.isco for each in opening.occupations)
    values["languages"] = " ".join(opening.language_codes)
    return {**values, "organisation": str(opening.organisation_id), "service": str(opening.service_id or "")}


def _text(value: Any) -> str:
    if value is None:
        return ""
    if hasattr(value, "normalize"):
        return figures(value)
    return str(getattr(value, "value", value))
