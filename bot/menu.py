"""The menu and what stands outside any form: language, where my case stands, a person to talk to, services, help."""

from sqlalchemy import select

from access.actor import PERSON
from access.models import StaffMember
from bot.place import Standing
from bot.replies import Row, stacked
from bot.turn import Turn
from cases.consent import has_data_consent
from cases.messages import receive_from_person
from cases.models import Case, Person, Submission
from cases.rules import COUNTRY_NAMES, Phase, SubmissionState
from cases.sheets import ORDER
from foundation.language import Message, _, _p, autonym, say
from referrals.matching import public_services
from referrals.models import Service
from referrals.queries import referrals_of
from referrals.rules import REFERRAL_STATE_NAMES, SERVICE_KIND_NAMES, ServiceKind

# Translators: Buttons of the menu. Short: they must fit a small phone.
CASE = _p("button", "📋 My case")
BEGIN = _p("button", "▶️ Begin")
GO_ON = _p("button", "▶️ Go on with the questions")
WRITE = _p("button", "💬 Talk to a person")
CONSENTS = _p("button", "✋ My consents")
SERVICES = _p("button", "🔎 Find services")
MORE = _p("button", "⋯ More")
LANGUAGE = _p("button", "🌐 Language")
DELETE = _p("button", "🗑 Delete my data")
HELP = _p("button", "❓ Help")
MENU = _p("button", "☰ Menu")

MENU_ROW_DATA = "m.menu"
SERVICES_SHOWN = 5

PHASE_WORDS: dict[Phase, Message] = {
    Phase.INTAKE: _("We are getting to know you. Please answer the questions; then a caseworker reads them."),
    Phase.ASSESSMENT: _("A caseworker reads your answers and looks at what you need."),
    Phase.PLANNING: _("You and your caseworker are making a plan."),
    Phase.RETURN: _("Your return is being prepared."),
    Phase.REINTEGRATION: _("You are being helped to start again."),
    Phase.FOLLOW_UP: _("We ask from time to time how you are."),
    Phase.CLOSED: _("Your case is closed. You can come back at any time: write to us here."),
}


def menu_row(turn: Turn) -> tuple[Row, ...]:
    return stacked(turn.button(MENU, MENU_ROW_DATA))


def ask_language(turn: Turn) -> None:
    """Languages in their own names; the first screen shows the question in each of them."""
    turn.go(Standing.LANGUAGE)
    rows = stacked(*((autonym(code), f"m.language:{code}") for code in turn.languages))
    turn.reply("\n".join(say(code, _("Please choose your language.")) for code in turn.languages), rows)


async def set_language(turn: Turn, code: str) -> None:
    if code not in turn.languages:
        ask_language(turn)
        return
    turn.chat.language = code
    if turn.chat.case_id is not None:
        (await turn.session.get_one(Person, turn.person_id)).language = code
    await show_menu(turn)


async def show_menu(turn: Turn) -> None:
    turn.go(Standing.MENU)
    if turn.chat.case_id is None:
        turn.tell(
            _(
                "Welcome. Here you can find services and ask for help after a return.\n\n"
                "You can look at services without telling us anything about you. "
                "If you want a caseworker to help you, choose “Begin”."
            ),
            stacked(
                turn.button(BEGIN, "m.begin"),
                turn.button(SERVICES, "m.services"),
                turn.button(HELP, "m.help"),
                turn.button(LANGUAGE, "m.language"),
            ),
        )
        return
    forms = [turn.button(GO_ON, "m.begin")] if await next_form(turn) else []
    turn.tell(
        _("What would you like to do?"),
        stacked(
            *forms,
            turn.button(CASE, "m.case"),
            turn.button(WRITE, "m.write"),
            turn.button(CONSENTS, "m.consents"),
            turn.button(SERVICES, "m.services"),
            turn.button(MORE, "m.more"),
        ),
    )


def show_more(turn: Turn) -> None:
    turn.tell(
        _("More:"),
        stacked(
            turn.button(LANGUAGE, "m.language"),
            turn.button(HELP, "m.help"),
            turn.button(DELETE, "m.delete"),
            turn.button(MENU, MENU_ROW_DATA),
        ),
    )


async def next_form(turn: Turn) -> str | None:
    """The id of the form to fill in next, or None when all were sent. None too when consent was taken back."""
    if turn.chat.case_id is None or not await has_data_consent(turn.session, turn.person_id):
        return None
    sent = set(
        await turn.session.scalars(
            select(Submission.sheet_id).where(
                Submission.case_id == turn.chat.case_id, Submission.state == SubmissionState.SUBMITTED
            )
        )
    )
    return next((sheet_id for sheet_id in ORDER if sheet_id not in sent), None)


def show_help(turn: Turn) -> None:
    turn.tell(
        _(
            "This is a service of {operator}. You answer questions with the buttons or by writing. "
            "You can stop at any time; your answers are kept and you can go on later.\n\n"
            "“Talk to a person” reaches a caseworker, who answers within {hours} hours.\n\n"
            "If you are in danger now, call the emergency number of the country you are in."
        ),
        menu_row(turn),
        operator=turn.programme.operator,
        hours=turn.programme.reply_hours,
    )


async def show_case(turn: Turn) -> None:
    """Where the case stands, who is the contact, what became of each referral."""
    case = await turn.case()
    if case is None:
        turn.tell(_("You have no case here. Choose “Begin” if you want our help."), menu_row(turn))
        return
    lines = [
        turn.words(_("Your case number is {number}."), number=case.number),
        turn.words(PHASE_WORDS[case.phase]),
        await _contact(turn, case),
    ]
    referrals = await referrals_of(turn.session, case.id)
    if referrals:
        lines.append(turn.words(_("Your requests to other organisations:")))
        lines += [
            turn.words(
                _("• {service}, {organisation}: {state}"),
                service=each.service.name,
                organisation=each.service.organisation.name,
                state=REFERRAL_STATE_NAMES[each.state],
            )
            for each in referrals
        ]
    form = await next_form(turn)
    lines.append(turn.words(_next_step(turn) if form is None else _("What comes next: please answer the questions.")))
    turn.reply("\n\n".join(lines), menu_row(turn))


def _next_step(turn: Turn) -> Message:
    return _("What comes next: a caseworker contacts you here. You will hear from us within {hours} hours.").of(
        hours=turn.programme.reply_hours
    )


async def _contact(turn: Turn, case: Case) -> str:
    name = await turn.session.scalar(select(StaffMember.name).where(StaffMember.id == case.owner_id))
    if name is None:
        return turn.words(_("No caseworker is named yet. The team reads every message."))
    return turn.words(_("Your caseworker is {name}."), name=name)


async def ask_message(turn: Turn) -> None:
    if turn.chat.case_id is None or not await has_data_consent(turn.session, turn.person_id):
        turn.tell(
            _(
                "To pass a message on we have to keep it. Please choose “Begin” and read what we keep. "
                "If you do not want that, you can reach the services under “Find services” yourself."
            ),
            menu_row(turn),
        )
        return
    turn.go(Standing.WRITING)
    turn.tell(
        _("Write your message now. A caseworker reads it and answers within {hours} hours."),
        menu_row(turn),
        hours=turn.programme.reply_hours,
    )


async def take_message(turn: Turn) -> None:
    """A text for the caseworker. The person stays here, so that the next text is passed on too."""
    case = await turn.case()
    if case is None:
        await show_menu(turn)
        return
    receive_from_person(turn.session, case, turn.key, turn.incoming.text, actor=PERSON)
    turn.tell(
        _("Thank you. Your message has been passed on. You will have an answer within {hours} hours."),
        menu_row(turn),
        hours=turn.programme.reply_hours,
    )


def ask_service_country(turn: Turn) -> None:
    countries = [(turn.words(name), f"m.services:{code}") for code, name in COUNTRY_NAMES.items() if code != "other"]
    turn.tell(_("In which country do you look for services?"), stacked(*countries, turn.button(MENU, MENU_ROW_DATA)))


def ask_service_kind(turn: Turn, country: str, page: int = 0) -> None:
    kinds = list(ServiceKind)
    shown = kinds[page * SERVICES_SHOWN : (page + 1) * SERVICES_SHOWN]
    buttons = [(turn.words(SERVICE_KIND_NAMES[kind]), f"m.kind:{country}:{kind}") for kind in shown]
    last = (len(kinds) - 1) // SERVICES_SHOWN
    turning = turn.button(MORE, f"m.services:{country}:{page + 1 if page < last else 0}")
    turn.reply(
        turn.words(_("What do you look for?")),
        stacked(*buttons, turning),
        edit=turn.incoming.message_id if page or turn.incoming.text.count(":") > 1 else None,
    )


async def show_services(turn: Turn, country: str, kind: ServiceKind) -> None:
    services = await public_services(turn.session, kind=kind, country=country, limit=SERVICES_SHOWN)
    if not services:
        turn.tell(_("We know of no such service there at the moment."), menu_row(turn))
        return
    back = turn.button(_p("button", "🔎 Other services"), f"m.services:{country}")
    turn.reply(
        "\n\n".join(_service_lines(service) for service in services),
        stacked(back, turn.button(MENU, MENU_ROW_DATA)),
    )


def _service_lines(service: Service) -> str:
    phones = ", ".join(f"\u2066{phone['number']}\u2069" for phone in service.hsds.get("phones", []))
    lines = [f"▪️ {service.name}", service.organisation.name, service.description, f"📞 {phones}" if phones else ""]
    return "\n".join(line for line in lines if line)
