"""The hand-over sheet: on paper what one referral discloses to its partner, until when it holds, and what ends it."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor
from cases.models import Case, Person
from cases.rules import URGENCY_NAMES
from foundation import audit, clock
from foundation.errors import Conflict
from foundation.language import Message, _, _p, say
from foundation.pdf import Document
from referrals.models import reference_of
from referrals.responding import PartnerView, find_referral
from referrals.rules import AWAITING_STATES, REFERRAL_STATE_NAMES, SERVICE_KIND_NAMES, SharedField

TITLE = _p("document", "Hand-over sheet")
_RULES: tuple[Message, ...] = (
    # Translators: "this sheet" is a paper with a person's details that an organisation may keep for a time
    _("Use it for this service only, and show it to nobody who does not need it for that."),
    _("Keep this sheet only until this service has ended or the referral has ended otherwise; then destroy it."),
    _(
        "The person can take their agreement back at any time. You then read “Please stop, and delete what you hold”: "
        "stop, do not contact the person because of it, destroy this sheet and every copy, and confirm it there "
        "within 7 days."
    ),
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on it, and in which language; see `print_sheet`."""

    view: PartnerView
    language: str


async def open_sheet(
    session: AsyncSession, actor: Actor, referral_id: UUID, *, language: str, for_person: bool = False
) -> Sheet:
    """What the partner may take away. Opening a referral for it is noted as any other, and so is taking it away.

    `for_person`: in the person's own language, to go through it with them; only where their language was shared.
    Raises Conflict unless the partner sees what was shared.
    """
    view = await find_referral(session, actor, referral_id)
    if not view.shared:
        raise Conflict(_("What was shared is no longer shown, so there is no sheet of it."))
    if for_person:
        if not speaks_openly(view):
            raise Conflict(_("The person did not share their language, so there is no sheet in it."))
        language = await _language_of(session, view)
    audit.record(session, actor.id, "referral.exported", view.referral.case_id, referral=referral_id, language=language)
    return Sheet(view, language)


def speaks_openly(view: PartnerView) -> bool:
    """The partner was told the person's language."""
    return SharedField.LANGUAGE in view.referral.fields and bool(view.shared)


def print_sheet(sheet: Sheet) -> bytes:
    """As PDF. Takes a while: not to be done in a transaction."""
    view, language = sheet.view, sheet.language
    referral, service = view.referral, view.service
    document = Document(language, TITLE)

    def row(name: Message, value: Message | str) -> tuple[str, str]:
        return say(language, name), value if isinstance(value, str) else say(language, value)

    def day(moment: object) -> str:
        return say(language, Message("{when}"), when=moment)

    document.heading(say(language, TITLE), 1)
    facts = [
        row(_p("document", "Referral"), reference_of(referral.id)),
        row(_p("document", "Service"), service.name),
        row(_p("document", "Kind"), SERVICE_KIND_NAMES[service.kind]),
        row(_("How urgent"), URGENCY_NAMES[referral.urgency]),
        row(_("Where it stands"), REFERRAL_STATE_NAMES[referral.state]),
        row(_("Sent on"), day(referral.sent_at)),
    ]
    if referral.state in AWAITING_STATES:
        facts += [
            row(_("Answer due by"), day(referral.due_at)),
            row(_("Keep it until"), _("{when}, unless you have accepted by then").of(when=referral.due_at)),
        ]
    else:
        facts.append(row(_("Keep it until"), _("the service has ended")))
    facts.append(row(_("Made on"), day(clock.now())))
    document.rows(facts)
    document.heading(say(language, _("What the person agreed to share with you")))
    document.rows(row(name, value) for name, value in view.shared)
    document.heading(say(language, _("What holds for this sheet")))
    for rule in _RULES:
        document.paragraph(say(language, rule))
    document.paragraph(say(language, _("Times are given in UTC (world time).")), small=True)
    return document.content()


async def _language_of(session: AsyncSession, view: PartnerView) -> str:
    case = await session.get_one(Case, view.referral.case_id)
    return (await session.get_one(Person, case.person_id)).language
