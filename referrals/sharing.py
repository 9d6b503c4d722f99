"""What a referral discloses: the agreed fields' values gathered as codes, and said to the partner in words."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from cases.answers import answers_of
from cases.facts import age_band
from cases.messages import person_of
from cases.models import Case, Person
from cases.rules import COUNTRY_NAMES, NEED_NAMES, UNKNOWN, URGENCY_NAMES, NeedKind, Urgency
from cases.sheets import ARRIVAL, NEEDS, newest
from foundation.keys import open_subject
from foundation.language import SOURCE_LANGUAGE, Message, _, autonym
from foundation.sealing import SubjectKey
from questionnaire.sheet import Sheet
from questionnaire.wording import choice_label
from referrals.models import Referral
from referrals.rules import SHARED_FIELD_NAMES, SharedField

UNSAID = frozenset([None, "", UNKNOWN, "unsaid"])
"""Values that say nothing; they are left out, so that silence is not passed on as an answer."""


async def gather(session: AsyncSession, referral: Referral, case: Case) -> dict[str, Any]:
    """The values of exactly the referral's fields, codes where there are codes. What is not known is absent."""
    person = await person_of(session, case)
    key = await open_subject(session, person.id)
    answers = await answers_of(session, case, key)
    arrival, needs = answers.get(ARRIVAL, {}), answers.get(NEEDS, {})
    known: dict[SharedField, Any] = {
        SharedField.CALLED: key.open(Person.called, person.id, person.called) if person.called else None,
        SharedField.AGE_BAND: age_band(arrival),
        SharedField.SEX: arrival.get("sex"),
        SharedField.COUNTRY: case.country,
        SharedField.AREA: case.area,
        SharedField.LANGUAGE: person.language,
        SharedField.NEED: f"{referral.need_kind}.{referral.urgency}",
        SharedField.CHILDREN_COUNT: arrival.get("children_count"),
        SharedField.SKILLS: needs.get("skills"),
        SharedField.TRAINING_TOPIC: needs.get("training_topic"),
        SharedField.NOTE: note_of(referral, key),
    }
    return {field: known[SharedField(field)] for field in referral.fields if known[SharedField(field)] not in UNSAID}


def note_of(referral: Referral, key: SubjectKey) -> str | None:
    return None if referral.note is None else key.open(Referral.note, referral.id, referral.note)


async def in_words(session: AsyncSession, disclosed: Mapping[str, Any]) -> list[tuple[Message, str | Message]]:
    """What was disclosed, each with its name, in the order of SharedField."""
    sheet = await newest(session, ARRIVAL)
    return [
        (SHARED_FIELD_NAMES[field], _said(sheet, field, disclosed[field]))
        for field in SharedField
        if field in disclosed
    ]


def _said(sheet: Sheet, field: SharedField, value: Any) -> str | Message:
    if field is SharedField.COUNTRY:
        return COUNTRY_NAMES.get(value, str(value))
    if field in (SharedField.SEX, SharedField.AREA):
        return choice_label(sheet, sheet.question(field), str(value), SOURCE_LANGUAGE)
    if field is SharedField.LANGUAGE:
        return autonym(value)
    if field is SharedField.NEED:
        kind, urgency = str(value).split(".")
        # Translators: {need} is what a person needs, {urgency} how urgent it is, as in "A job (normal)"
        words = _("{need} ({urgency})")
        return words.of(need=NEED_NAMES[NeedKind(kind)], urgency=URGENCY_NAMES[Urgency(urgency)])
    return str(value)
