"""What a person is told before they agree to anything: texts by version, hashed exactly as shown."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from cases.casework_rules import SENT_AHEAD, FilePart
from cases.person_words import FILE_PART_NAMES
from foundation.language import RLM, Message, _, direction, say

DATA_NOTICE = "data"
CHILD_NOTICE = "data_child"
SHARE_NOTICE = "share"
TRANSFER_NOTICE = "transfer"
DATA_NOTICE_VERSION = "1"
CHILD_NOTICE_VERSION = "1"
SHARE_NOTICE_VERSION = "1"
TRANSFER_NOTICE_VERSION = "1"
RETURN_NOTICE = "return_chat"
RETURN_NOTICE_VERSION = "1"
KEPT_MONTHS = 24
UNCONFIRMED_DAYS = 14
"""Days for which what a child wrote is kept while no guardian's agreement is recorded."""


@dataclass(frozen=True, slots=True)
class Programme:
    """What the deployment declares about itself, and the bot therefore may say."""

    operator: str
    reply_hours: int
    no_police_access: bool


_PARAGRAPHS = (
    # Translators: The consent notice. {operator} is the name of the organisation that runs the service.
    _("Before you tell us anything, please read this.\n\nThis service is run by {operator}."),
    _(
        "What we keep: your answers, the messages you write here, and what becomes of your requests. "
        "Everything that can name you is kept locked (encrypted)."
    ),
    _(
        "Who sees it: the caseworkers of this service who work on your case. Other organisations see nothing, "
        "unless you say yes to that organisation and to each thing we would send. "
        "Telegram carries this chat and can see it."
    ),
    _("How long: up to {months} months after your case is closed. Then we delete it."),
    _(
        "If you say no, nothing bad happens. You do not lose any right or any help. "
        "You can still read about services here, without telling us who you are."
    ),
    _(
        "You can change your mind at any time: Menu, then “My consents”, or “Delete my data”. "
        "After deletion we keep only numbers that cannot be linked to anyone."
    ),
)
_NO_POLICE = _("Police and immigration authorities do not get your answers.")
_QUESTION = _("Do you agree that we keep your answers to help you?")
_GUARDIAN_QUESTION = _(
    "You read this as the parent or guardian of a child. “You” above means the child. "
    "Are you the parent or guardian, and do you agree that we keep the child's answers to help the child?"
)
# Translators: The next paragraphs are read by a child or a young person. Simple, warm words.
_CHILD_WITH_GUARDIAN = (
    _("Now it is your turn. Your parent or guardian has said yes. We also need your own yes."),
    _(
        "First someone whose work is to help children looks at this and speaks with your parent or guardian. "
        "Only then we ask you questions. If nobody has looked at it within {days} days, we delete everything."
    ),
    _(
        "Only the people who help you see what you tell us. You can skip any question and stop at any time. "
        "If you say no, nothing bad happens."
    ),
    _("Do you want us to help you?"),
)
_CHILD_ALONE = (
    _("You can write here to someone whose work is to help children. You need not say your name."),
    _(
        "We keep only what you write to them. They look with you for a grown-up who looks after you and whom you "
        "trust. Before a grown-up has agreed we ask you no other questions. "
        "If nobody has agreed within {days} days, we delete everything."
    ),
    _("If you say no, nothing bad happens. You can change your mind at any time."),
    _("Do you want to write to someone?"),
)


# Translators: The next texts ask a person whether they want to go back to their country. Plain words, no persuasion.
RETURN_INTRO: Message = _(
    "This is about going back to your country. Nobody may make you agree. You can say no. If you say yes, you can take "
    "it back until the day you leave. Whatever you say, you keep every other help. Take your time: you can stop at any "
    "time and go on later."
)
ALONE, OWN_WISH = "alone", "own_wish"
RETURN_ITEMS: dict[str, Message] = {
    ALONE: _("Can you read this alone now, or with people you trust?"),
    "language": _("Was everything explained to you in a language that you understand well?"),
    "options": _("Do you know which other ways there are, such as staying here or going somewhere else?"),
    "country": _("Do you know how things are now in your country, and in the place you would go to?"),
    "support": _("Do you know what help you would get before, on the way and after?"),
    "no_support": _("Do you know what is not paid for, and for how long the help lasts?"),
    "consequences": _(
        "Do you know what going back means for coming here again, and for requests of yours that are not decided yet?"
    ),
    "data": _("Do you know who is told what about you?"),
    "withdrawal": _("Do you know that you can change your mind until the day you leave, and lose no other help?"),
    OWN_WISH: _("Is this your own wish, and nobody pushes you or threatens you?"),
}
"""What must be known and free before anyone agrees to return (GCM 21(b); standards of assisted return), one by one."""
RETURN_QUESTION: Message = _("Do you want to go back to your country?")
RETURN_CONFIRMED: Message = _(
    "You have said that you want to go back to your country. Shall we write this down as your agreement? You can take "
    "it back until the day you leave: Menu, then “My consents”."
)

_NO_COSTS_NOTHING = _(
    "If you say no, nothing is sent and your case goes on as before. "
    "If you say yes, you can still take it back later under “My consents”."
)
_DO_YOU_AGREE = _("Do you agree?")


def return_notice(language: str) -> str:
    """Everything that a person reads before they agree to return, in the order in which the chat shows it."""
    texts = [RETURN_INTRO, *RETURN_ITEMS.values(), RETURN_QUESTION, RETURN_CONFIRMED]
    return _start(language) + "\n\n".join(say(language, each) for each in texts)


def data_notice(language: str, programme: Programme) -> str:
    """The full text that a person reads before they agree to data being kept (GCM 21(b): informed consent)."""
    return _asked(language, programme, _QUESTION)


def guardian_notice(language: str, programme: Programme) -> str:
    """The same, as the parent or guardian of a child reads it. Their yes alone is not enough: see `child_notice`."""
    return _asked(language, programme, _GUARDIAN_QUESTION)


def child_notice(language: str, *, accompanied: bool) -> str:
    """What a child is told, in words for children, before their own yes (CRC article 12; GCM 21(g))."""
    paragraphs = _CHILD_WITH_GUARDIAN if accompanied else _CHILD_ALONE
    return _start(language) + "\n\n".join(say(language, each, days=UNCONFIRMED_DAYS) for each in paragraphs)


def contact_notice(language: str, programme: Programme, *, accompanied: bool) -> str:
    """All that is hashed with a child's contact: what the guardian reads or will read, then what the child read."""
    return guardian_notice(language, programme) + "\n\n" + child_notice(language, accompanied=accompanied)


def _asked(language: str, programme: Programme, question: Message) -> str:
    paragraphs = [*_PARAGRAPHS, *([_NO_POLICE] if programme.no_police_access else []), question]
    values = {"operator": programme.operator, "months": KEPT_MONTHS}
    return _start(language) + "\n\n".join(say(language, paragraph, **values) for paragraph in paragraphs)


def share_notice(language: str, recipient: str, service: str, fields: list[Message]) -> str:
    """The question before anything goes to a partner: who, for what, exactly which fields."""
    listed = "\n".join(f"• {say(language, field)}" for field in fields)
    return _start(language) + "\n\n".join(
        [
            # Translators: {recipient} is an organisation, {service} the name of its service.
            say(
                language,
                _("Your caseworker suggests a service: {service}, by {recipient}."),
                recipient=recipient,
                service=service,
            ),
            say(language, _("If you agree, we will send {recipient} only this:"), recipient=recipient) + "\n" + listed,
            say(language, _NO_COSTS_NOTHING),
            say(language, _DO_YOU_AGREE),
        ]
    )


def transfer_notice(language: str, recipient: str, parts: Sequence[FilePart]) -> str:
    """The question before a case goes to another organisation: who takes over, what it is given when, what is left."""
    at_once = [part for part in parts if part in SENT_AHEAD]
    if_accepted = [part for part in parts if part not in SENT_AHEAD]
    asked = [
        # Translators: {recipient} is an organisation in all of these.
        say(language, _("Another organisation could take over your case: {recipient}."), recipient=recipient),
        say(language, _("If you agree, we ask {recipient}. For that we send only this:"), recipient=recipient)
        + _listed(language, at_once),
        say(language, _("If they say yes, they receive everything that we keep of you here:"))
        + _listed(language, if_accepted),
        say(
            language,
            _(
                "Then they are your contact, and you write here as before. We see nothing more of your case but its "
                "number, that they took it over and when, whether it is still open, and whom to ask there."
            ),
        ),
        say(language, _NO_COSTS_NOTHING),
        say(language, _DO_YOU_AGREE),
    ]
    return _start(language) + "\n\n".join(asked)


def _listed(language: str, parts: Sequence[FilePart]) -> str:
    return "".join(f"\n• {say(language, FILE_PART_NAMES[part])}" for part in parts)


def _start(language: str) -> str:
    """The mark that every right-to-left message begins with is part of what is shown, and so of what is hashed."""
    return RLM if direction(language) == "rtl" else ""


def text_hash(text: str) -> str:
    """SHA-256 of the text exactly as it was shown."""
    return hashlib.sha256(text.encode()).hexdigest()
