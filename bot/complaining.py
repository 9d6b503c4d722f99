"""Complaining in the chat: with a name or without, over as many messages as it takes, and reading the answer.

Until it is sent a complaint is a draft, sealed with the chat's own key. With “Send” the draft is gone; of a complaint
without a name the chat then holds nothing, and the complaint nothing of the chat.
"""

import base64
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.incoming import Did
from bot.menu import COMPLAIN, MENU, MENU_ROW_DATA, menu_row, show_menu
from bot.models import Chat
from bot.place import Place, Standing
from bot.replies import Row, stacked
from bot.screens import MORE_CHOICES
from bot.turn import Turn
from cases.complaint_desk import READ_ANSWER
from cases.complaints import (
    ABOUT_NAMES,
    ACKNOWLEDGE_DAYS,
    ANSWER_DAYS,
    LONGEST,
    STATUS_NAMES,
    TOO_MANY,
    Told,
    answers_for,
    read_answer,
    receive_complaint,
    shown_code,
)
from cases.consent import has_data_consent
from cases.helplines import HelpAbout, help_text, left_to_right
from cases.rules import COUNTRY_NAMES, ComplaintAbout
from foundation import clock
from foundation.errors import NotAllowed
from foundation.language import _, _n, _p
from foundation.sealing import Sealed, WrongKey
from questionnaire.account_numbers import TAKEN_OUT, holds_account_number

NAMED = _p("button", "🙂 With my name")
NAMELESS = _p("button", "👤 Without my name")
ANSWER = _p("button", "📬 Read an answer")
GO_ON_WRITING = _p("button", "✏️ Go on writing")
SEND_COMPLAINT = _p("button", "✅ Send the complaint")
DROP_COMPLAINT = _p("button", "🗑 Throw it away")
WITH_NAME, WITHOUT_NAME = "named", "nameless"

SHOWN = 5
"""Choices on one screen."""
DRAFT_KEPT = timedelta(days=7)
"""Since the person was last here."""

_HELP_FIRST: dict[ComplaintAbout, HelpAbout] = {
    ComplaintAbout.EXPLOITATION: HelpAbout.TRAFFICKING,
    ComplaintAbout.AUTHORITY: HelpAbout.LEGAL,
}
"""Help that is told before the writing begins: it should not wait for an answer of ours."""


async def begin(turn: Turn) -> None:
    """What happens with a complaint, before anything is asked."""
    turn.go(Standing.MENU)
    if _draft(turn) is not None:
        turn.tell(
            _("You have begun a complaint and not sent it yet."),
            stacked(turn.button(GO_ON_WRITING, "m.complain.on")) + _live_rows(turn) + menu_row(turn),
        )
        return
    ways = [turn.button(NAMED, f"m.complain.as:{WITH_NAME}")] if await _may_be_named(turn) else []
    turn.tell(
        _(
            "You can complain about anyone, also about us. Only the complaints officer reads it. "
            "Nobody who works on your case does, and it never changes what help you get.\n\n"
            "You are told within {read} working days that it was read, and answered within {answer} working days.\n\n"
            "Without your name we cannot find out who wrote it. Telegram carries this chat and can see it. "
            "You then get a code with which you can read the answer."
        ),
        stacked(
            *ways,
            turn.button(NAMELESS, f"m.complain.as:{WITHOUT_NAME}"),
            turn.button(ANSWER, READ_ANSWER),
            turn.button(MENU, MENU_ROW_DATA),
        ),
        read=ACKNOWLEDGE_DAYS,
        answer=ANSWER_DAYS,
    )


async def ask_about(turn: Turn, who: str, page: str = "0") -> None:
    """What it is about, some choices at a time; turning the page redraws the same message."""
    kinds = list(ComplaintAbout)
    first = SHOWN if page == "1" else 0
    if who not in (WITH_NAME, WITHOUT_NAME):
        await begin(turn)
        return
    chosen = [turn.button(ABOUT_NAMES[kind], f"m.complain.kind:{who}:{kind}") for kind in kinds[first : first + SHOWN]]
    turn.reply(
        turn.words(_("What is your complaint about?")),
        stacked(
            *chosen,
            turn.button(MORE_CHOICES, f"m.complain.about:{who}:{0 if first else 1}"),
            turn.button(MENU, MENU_ROW_DATA),
        ),
        edit=turn.incoming.message_id if turn.incoming.text.startswith("m.complain.about:") else None,
    )


async def ask_where(turn: Turn, who: str, about: str) -> None:
    """The country: whose working days count, and whose other bodies can be named."""
    if not _is_known(who, about):
        await begin(turn)
        return
    case = await turn.case() if who == WITH_NAME else None
    if case is not None and case.country:
        await begin_writing(turn, who, about, case.country)
        return
    countries = [turn.button(name, f"m.complain.in:{who}:{about}:{code}") for code, name in COUNTRY_NAMES.items()]
    turn.tell(_("In which country did it happen?"), stacked(*countries) + menu_row(turn))


async def begin_writing(turn: Turn, who: str, about: str, country: str) -> None:
    if not _is_known(who, about) or country not in COUNTRY_NAMES:
        await begin(turn)
        return
    named = who == WITH_NAME and await _may_be_named(turn)
    turn.go(Standing.COMPLAINT)
    _keep(turn, {"about": about, "named": named, "country": country, "text": ""})
    helping = _HELP_FIRST.get(ComplaintAbout(about))
    if helping is not None:
        turn.reply(help_text(turn.language, country, helping))
    turn.tell(
        _(
            "Write now what happened: when, where, and what you would like to be done. You need not name anyone. "
            "You can send several messages. Nothing is passed on before you choose “Send the complaint”."
        ),
        menu_row(turn),
    )


async def go_on_writing(turn: Turn) -> None:
    draft = _draft(turn)
    if draft is None:
        await begin(turn)
        return
    turn.go(Standing.COMPLAINT)
    text = str(draft["text"])
    said = turn.words(_("Write more, or send it."))
    turn.reply(f"{text}\n\n{said}" if text else said, _live_rows(turn) + menu_row(turn))


async def take_words(turn: Turn) -> None:
    """One more piece of the complaint; it waits, sealed, for “Send”."""
    draft = _draft(turn)
    if draft is None:
        await begin(turn)
        return
    turn.go(Standing.COMPLAINT)
    if turn.incoming.did is not Did.WROTE:
        turn.tell(_("Only written words can be part of a complaint. Please write it."), _live_rows(turn))
        return
    text = "\n\n".join(part for part in (str(draft["text"]), turn.incoming.text.strip()) if part)
    if len(text) > LONGEST:
        turn.tell(
            _("This is more than we can take; your last message was left out. Please send the complaint now."),
            _live_rows(turn) + menu_row(turn),
        )
        return
    _keep(turn, draft | {"text": text})
    turn.tell(
        _n(
            "Added. Your complaint has {count} letter now. Write more, or send it.",
            "Added. Your complaint has {count} letters now. Write more, or send it.",
        ),
        _live_rows(turn) + menu_row(turn),
        count=len(text),
    )


async def take_tap(turn: Turn, nonce: str, verb: str) -> None:
    """Send, or throw away: only the live button does, so an old one sends nothing half-written."""
    if turn.is_second_tap(nonce):
        return
    draft = _draft(turn)
    if nonce != turn.place.nonce or draft is None or verb not in ("send", "drop"):
        turn.tell(_("This button belongs to an earlier message. Nothing was sent."))
        await begin(turn)
    elif verb == "drop":
        drop_draft(turn)
        turn.tell(_("Your complaint has been thrown away. Nothing of it is kept."))
        await show_menu(turn)
    else:
        await _send(turn, draft)


async def ask_code(turn: Turn) -> None:
    """Answers to complaints with a name are shown at once; any other is opened by its receipt code."""
    turn.go(Standing.RECEIPT)
    answers = await answers_for(turn.session, turn.person_id) if turn.chat.case_id is not None else []
    for told in answers:
        _show(turn, told)
    turn.tell(_("To read an answer, send the code that you were given with your complaint."), menu_row(turn))


async def take_code(turn: Turn) -> None:
    """A receipt code, or something that is none."""
    code = turn.incoming.text if turn.incoming.did is Did.WROTE else ""
    told = await read_answer(turn.session, code, asker=f"chat {turn.chat.subject_id}")
    if told is None:
        turn.tell(
            _("We do not know this code. It has 12 letters and digits. Please look again and send it once more."),
            menu_row(turn),
        )
        return
    turn.go(Standing.MENU)
    _show(turn, told)


def drop_draft(turn: Turn) -> None:
    turn.place = replace(turn.place, draft="")


async def forget_drafts(session: AsyncSession) -> None:
    """A complaint that was begun and left is thrown away, for the worker."""
    old = Chat.seen_at < clock.now() - DRAFT_KEPT
    chats = await session.scalars(
        select(Chat).where(old, Chat.place["draft"].as_string().is_not(None)).with_for_update()
    )
    for chat in chats.all():
        chat.place = replace(Place.of(chat.place), draft="").stored()


async def _send(turn: Turn, draft: dict[str, Any]) -> None:
    about, country = ComplaintAbout(draft["about"]), str(draft["country"])
    named = bool(draft["named"]) and await _may_be_named(turn)
    if turn.complaints.is_too_fast(turn.incoming.chat_id):
        raise NotAllowed(TOO_MANY)  # the draft stays
    receipt = await receive_complaint(
        turn.session,
        str(draft["text"]),
        about=about,
        language=turn.language,
        country=country,
        person_id=turn.person_id if named else None,
    )
    turn.complaints.note(turn.incoming.chat_id)
    drop_draft(turn)
    turn.go(Standing.MENU)
    if holds_account_number(str(draft["text"])):
        turn.tell(TAKEN_OUT)
    turn.tell(
        _(
            "Thank you. Your complaint has been sent.\n\n"
            "Your code: {code}\n"
            "Please write it down now: we show it only this once. With it you can read the answer here, "
            "under “Complain”, then “Read an answer”.\n\n"
            "It is read by {read}, and answered by {answer}."
        ),
        code=left_to_right(shown_code(receipt.code)),
        read=receipt.acknowledge_by.date(),
        answer=receipt.answer_by.date(),
    )
    outside = HelpAbout.DATA if about is ComplaintAbout.DATA else HelpAbout.OVERSIGHT
    turn.reply(help_text(turn.language, country, outside), menu_row(turn))


def _show(turn: Turn, told: Told) -> None:
    first = turn.words(ABOUT_NAMES[told.about]) + "\n" + turn.words(STATUS_NAMES[told.status])
    if told.answer is None:
        waiting = turn.words(_("There is no answer yet. It comes by {day}."), day=told.answer_by.date())
        turn.reply(f"{first}\n\n{waiting}", menu_row(turn))
    else:
        turn.reply(f"{first}\n\n{told.answer}", stacked(turn.button(COMPLAIN, "m.complain")) + menu_row(turn))


async def _may_be_named(turn: Turn) -> bool:
    return turn.chat.case_id is not None and await has_data_consent(turn.session, turn.person_id)


def _is_known(who: str, about: str) -> bool:
    return who in (WITH_NAME, WITHOUT_NAME) and about in {kind.value for kind in ComplaintAbout}


def _live_rows(turn: Turn) -> tuple[Row, ...]:
    nonce = turn.place.nonce
    return stacked(turn.button(SEND_COMPLAINT, f"k:{nonce}:send"), turn.button(DROP_COMPLAINT, f"k:{nonce}:drop"))


def _keep(turn: Turn, draft: dict[str, Any]) -> None:
    box = turn.key.seal(Chat.place, turn.chat.subject_id, draft).box
    turn.place = replace(turn.place, draft=base64.b64encode(box).decode())


def _draft(turn: Turn) -> dict[str, Any] | None:
    """What was written so far; None if nothing was, or if it was written before this chat became someone else's."""
    if not turn.place.draft:
        return None
    try:
        sealed = Sealed(base64.b64decode(turn.place.draft))
        draft: dict[str, Any] = turn.key.open(Chat.place, turn.chat.subject_id, sealed)
    except WrongKey:
        return None
    return draft
