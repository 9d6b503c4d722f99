"""The PIN: an optional lock on what a chat shows of a case, for phones that others hold too.

It protects from whoever holds the phone, not from whoever holds the database. Checking it takes a tenth of a second
on purpose, so it is never done while a row is locked: a turn that needs it asks by `PinToProve` and begins anew.
"""

import base64
import unicodedata
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from pwdlib import PasswordHash

from access.actor import PERSON
from bot.hiding import take_back
from bot.incoming import Did, Proof
from bot.menu import DELETE, MENU_ROW_DATA, menu_row
from bot.models import Chat
from bot.place import Place, Standing
from bot.replies import Row, stacked
from bot.turn import Turn
from foundation import audit, clock
from foundation.language import Message, _, _p
from foundation.sealing import Sealed

OPEN_FOR = timedelta(minutes=10)
"""So long without use, and the chat locks itself."""
SHORTEST, LONGEST = 4, 8
TRIES = 5
FIRST_WAIT = timedelta(minutes=15)
_MOST_DOUBLINGS = 10

LOCK = _p("button", "🔒 Lock with a PIN")
CHANGE = _p("button", "🔒 Change the PIN")
REMOVE = _p("button", "🔓 Remove the PIN")
FORGOT = _p("button", "I forgot the PIN")
_DONE, _ERASE = "✅", "⌫"

OPENING, UNCOVERING, SETTING, CHANGING, REMOVING, MOVING = "open", "uncover", "set", "change", "remove", "move"
"""What a PIN is entered for. `uncover`: the cover stays until it is right; `move`: a new phone is the same person's."""

SHUT_VERBS = frozenset(["back", "edit", "goto", "keep", "page", "review", "send"])
"""Taps on a form that show what was answered before; an answer itself never needs the PIN."""
OPEN_ACTIONS = frozenset(
    [
        *("m.menu", "m.more", "m.language", "m.languages", "m.help", "m.stop", "m.hide", "m.safety", "m.link"),
        *("m.services", "m.kinds", "m.find", "m.rights", "m.right", "m.lines", "m.delete", "m.delete.yes"),
        *("m.money", "m.lessons", "m.lesson", "l"),
        *("h.calendar", "h.phrases", "p", "a", "c", "g"),
    ]
)
"""Taps that show nothing of the person. Everything else asks for the PIN, so that nothing new is forgotten here."""
OPEN_COMMANDS = frozenset(["start", "menu", "language", "help", "stop", "hide", "delete", "services", "rights"])

_hasher = PasswordHash.recommended()


class PinToProve(Exception):
    """The turn needs to know about these digits, and nothing may be locked while that is found out."""

    def __init__(self, digits: str, against: str | None) -> None:
        super().__init__()
        self.digits, self.against = digits, against


def prove(digits: str, against: str | None) -> Proof:
    """Takes a tenth of a second: run it in a thread. Without `against` the digits are to become a PIN."""
    if against is None:
        return Proof(digits, None, matches=False, new_hash=_hasher.hash(digits))
    return Proof(digits, against, matches=_hasher.verify(digits, against))


def is_shut(chat: Chat) -> bool:
    """Whether only neutral words may arrive now: the chat is locked, or hidden behind its cover."""
    return _is_locked(chat) or Place.of(chat.place).standing is Standing.HIDDEN


def is_shut_behind(turn: Turn) -> bool:
    """Whether the chat is shut when this turn ends: what it says then shows nothing of the person."""
    return is_locked(turn) or turn.place.standing is Standing.HIDDEN


def is_locked(turn: Turn) -> bool:
    return _is_locked(turn.chat)


def stay_open(turn: Turn) -> None:
    """Using an open chat keeps it open."""
    if turn.chat.pin_hash is not None and not is_locked(turn):
        turn.chat.unlocked_until = clock.now() + OPEN_FOR


def keeps_shut(turn: Turn, action: str, arguments: list[str]) -> bool:
    """Whether this tap needs the PIN first."""
    if not is_locked(turn) or action in OPEN_ACTIONS:
        return False
    is_live = len(arguments) > 1 and arguments[0] == turn.place.nonce
    return action != "q" or not is_live or arguments[1] in SHUT_VERBS


def keeps_command_shut(turn: Turn) -> bool:
    """Whether this command needs the PIN first."""
    if is_locked(turn) and (turn.place.standing is Standing.HIDDEN or turn.place.pin == UNCOVERING):
        return True
    return is_locked(turn) and turn.incoming.text not in OPEN_COMMANDS


def is_covered(turn: Turn) -> bool:
    """Whether the cover answers: it stands until `/menu`, and with a PIN until the PIN is given.

    Not `/start`: that is what Telegram itself offers to anyone.
    """
    did, text = turn.incoming.did, turn.incoming.text
    is_menu = did is Did.COMMANDED and text == "menu"
    if turn.place.standing is Standing.HIDDEN:
        return not is_menu
    if turn.place.pin != UNCOVERING:
        return False
    is_entry = did is Did.WROTE or (did is Did.TAPPED and text.startswith(("p:", "m.delete")))
    return not (is_menu or is_entry)


def demand(turn: Turn, after: str, why: Message | None = None) -> None:
    """Ask for the PIN; `after` is carried out once it is given: a button's data, or a command with its slash."""
    is_covered = turn.place.standing is Standing.HIDDEN or turn.place.pin == UNCOVERING
    _begin_entry(turn, UNCOVERING if is_covered else OPENING, why=why, after=after)


def offer(turn: Turn, choice: str = "") -> None:
    """The lock in the menu: set a PIN, or change or remove the one there is."""
    purposes = {"change": CHANGING, "remove": REMOVING}
    if turn.chat.case_id is None:
        turn.tell(_("There is nothing to lock yet: we keep nothing about you."), menu_row(turn))
    elif turn.chat.pin_hash is None:
        _begin_entry(turn, SETTING)
    elif choice in purposes:
        _begin_entry(turn, purposes[choice])
    else:
        turn.tell(
            _("This chat is locked with a PIN. It locks itself after {minutes} minutes without use."),
            stacked(turn.button(CHANGE, "m.pin:change"), turn.button(REMOVE, "m.pin:remove")) + menu_row(turn),
            minutes=OPEN_FOR // timedelta(minutes=1),
        )


def ask_of_new_phone(turn: Turn, sealed_code: str) -> None:
    """The person's PIN, on a phone that wants to take over their chat."""
    _begin_entry(turn, MOVING, first=sealed_code)


def take_tap(turn: Turn, nonce: str, pressed: str) -> str | None:
    """A key of the number pad. Gives the digits once they are complete, else None."""
    if nonce != turn.place.nonce or turn.place.standing is not Standing.PIN:
        if not turn.is_second_tap(nonce):
            turn.tell(_("This button belongs to an earlier message. Nothing was changed."), menu_row(turn))
        return None
    digits = open_secret(turn, turn.place.typed)
    if pressed == "forgot":
        _explain_forgotten(turn)
    elif pressed == "ok":
        return digits
    elif pressed == "del":
        _redraw(turn, digits[:-1])
    elif pressed.isascii() and pressed.isdigit() and len(pressed) == 1 and len(digits) < LONGEST:
        _redraw(turn, digits + pressed)
    return None


def take_words(turn: Turn) -> str | None:
    """Something sent while a PIN is asked for: it leaves the chat at once. Gives the digits if it is digits."""
    take_back(turn, [turn.incoming.message_id])
    if turn.incoming.did is not Did.WROTE:
        _ask(turn, _("Please enter your PIN with the buttons, or write it in digits."))
        return None
    digits = _digits_of(turn.incoming.text)
    if digits is None:
        _ask(turn, _("A PIN has only digits. Please enter it with the buttons, or write it."))
    return digits


def take_digits(turn: Turn, digits: str) -> str | None:
    """The whole PIN as it was entered. Gives what is to be carried out when it was right and opens, else None.

    Raises PinToProve when its hash is needed.
    """
    if turn.place.pin == SETTING and is_locked(turn):
        # It was begun by someone who had the PIN, and left: whoever holds the phone now has to give it too.
        _begin_entry(turn, CHANGING)
        return None
    if turn.place.pin == SETTING:
        _set(turn, digits)
        return None
    if turn.chat.pin_hash is None:  # removed by a caseworker meanwhile
        return turn.place.after
    if not check(turn, turn.chat, digits):
        return None
    turn.chat.unlocked_until = clock.now() + OPEN_FOR
    if turn.place.pin == CHANGING:
        _begin_entry(turn, SETTING)
        return None
    if turn.place.pin == REMOVING:
        _remove(turn)
        return None
    return turn.place.after


def check(turn: Turn, chat: Chat, digits: str) -> bool:
    """Whether these are the digits of the chat's PIN; counts a wrong try, says so, and makes guessing slow."""
    if chat.pin_blocked_until is not None and chat.pin_blocked_until > clock.now():
        _ask(turn, _blocked(chat))
        return False
    if not SHORTEST <= len(digits) <= LONGEST:
        _ask(turn, _("A PIN has {least} to {most} digits.").of(least=SHORTEST, most=LONGEST))
        return False
    proof = turn.incoming.proof
    if proof is None or (proof.digits, proof.against) != (digits, chat.pin_hash):
        raise PinToProve(digits, chat.pin_hash)
    if proof.matches:
        chat.pin_failures, chat.pin_blocked_until = 0, None
        return True
    count_failure(chat)
    audit.record(turn.session, PERSON.id, "pin.wrong", chat.case_id or chat.subject_id, count=chat.pin_failures)
    left = -chat.pin_failures % TRIES
    _ask(turn, _("This is not the PIN. Tries left: {count}.").of(count=left) if left else _blocked(chat))
    return False


def count_failure(chat: Chat) -> None:
    """Five wrong tries make a wait of a quarter of an hour; each further five double it."""
    chat.pin_failures += 1
    if chat.pin_failures % TRIES == 0:
        doublings = min(chat.pin_failures // TRIES - 1, _MOST_DOUBLINGS)
        chat.pin_blocked_until = clock.now() + FIRST_WAIT * 2**doublings


def is_blocked(chat: Chat) -> bool:
    return chat.pin_blocked_until is not None and chat.pin_blocked_until > clock.now()


def seal_secret(turn: Turn, text: str) -> str:
    """For the place, which is not sealed as a whole."""
    return base64.b64encode(turn.key.seal(Chat.place, turn.chat.subject_id, text).box).decode() if text else ""


def open_secret(turn: Turn, stored: str) -> str:
    if not stored:
        return ""
    return str(turn.key.open(Chat.place, turn.chat.subject_id, Sealed(base64.b64decode(stored))))


def _is_locked(chat: Chat) -> bool:
    is_open = chat.unlocked_until is not None and chat.unlocked_until > clock.now()
    return chat.pin_hash is not None and not is_open


def _set(turn: Turn, digits: str) -> None:
    why = _unfit(digits)
    if why is not None:
        _begin_entry(turn, SETTING, why=why)
        return
    first = open_secret(turn, turn.place.first)
    if not first:
        _begin_entry(turn, SETTING, first=seal_secret(turn, digits))
        return
    if first != digits:
        _begin_entry(turn, SETTING, why=_("The two PINs were not the same. Please choose your PIN once more."))
        return
    proof = turn.incoming.proof
    if proof is None or proof.digits != digits or not proof.new_hash:
        raise PinToProve(digits, None)
    turn.chat.pin_hash, turn.chat.unlocked_until = proof.new_hash, clock.now() + OPEN_FOR
    turn.chat.pin_failures, turn.chat.pin_blocked_until = 0, None
    audit.record(turn.session, PERSON.id, "pin.set", turn.chat.case_id or turn.chat.subject_id)
    turn.go(Standing.MENU)
    turn.tell(
        _(
            "Your PIN is set. This chat locks itself after {minutes} minutes without use. "
            "If you forget the PIN, a caseworker can remove it when you have shown who you are."
        ),
        menu_row(turn),
        minutes=OPEN_FOR // timedelta(minutes=1),
    )


def _remove(turn: Turn) -> None:
    turn.chat.pin_hash = turn.chat.unlocked_until = None
    audit.record(turn.session, PERSON.id, "pin.removed", turn.chat.case_id or turn.chat.subject_id)
    turn.go(Standing.MENU)
    turn.tell(_("The PIN is removed. Whoever opens this chat can read it."), menu_row(turn))


def _begin_entry(
    turn: Turn, purpose: str, *, why: Message | None = None, after: str = MENU_ROW_DATA, first: str = ""
) -> None:
    turn.go(Standing.PIN)
    turn.place = replace(turn.place, pin=purpose, after=after, first=first)
    _ask(turn, why)


def _ask(turn: Turn, why: Message | None = None) -> None:
    """The number pad, empty."""
    turn.place = replace(turn.place, typed="")
    _show(turn, "", why=why)


def _redraw(turn: Turn, digits: str) -> None:
    turn.place = replace(turn.place, typed=seal_secret(turn, digits))
    _show(turn, digits, edit=turn.incoming.message_id)


def _show(turn: Turn, digits: str, *, why: Message | None = None, edit: int | None = None) -> None:
    first = "" if why is None else f"❗ {turn.words(why)}\n\n"
    turn.reply(f"{first}{turn.words(_question(turn))}\n\n{'●' * len(digits) or '○'}", _pad(turn), edit=edit)


def _question(turn: Turn) -> Message:
    if turn.place.pin == SETTING and turn.place.first:
        return _("Please enter the same PIN once more.")
    if turn.place.pin == SETTING:
        return _("Choose a PIN of {least} to {most} digits that nobody can guess.").of(least=SHORTEST, most=LONGEST)
    return _("Please enter your PIN.")


def _pad(turn: Turn) -> tuple[Row, ...]:
    """Number keys stand as on every phone, whatever the direction of the script."""
    nonce = turn.place.nonce
    keys = [["1", "2", "3"], ["4", "5", "6"], ["7", "8", "9"], [_ERASE, "0", _DONE]]
    data = {_ERASE: "del", _DONE: "ok"}
    rows: tuple[Row, ...] = tuple(tuple((key, f"p:{nonce}:{data.get(key, key)}") for key in row) for row in keys)
    if turn.place.pin != SETTING:
        rows += stacked(turn.button(FORGOT, f"p:{nonce}:forgot"))
    return rows if turn.place.pin == UNCOVERING else rows + menu_row(turn)


def _explain_forgotten(turn: Turn) -> None:
    turn.tell(
        _(
            "Only a caseworker can remove a PIN, once they have made sure who you are. "
            "Please call or visit the service. "
            "Or delete all your data, and begin anew: that needs no PIN."
        ),
        stacked(turn.button(DELETE, "m.delete")) + menu_row(turn),
    )


def _blocked(chat: Chat) -> Message:
    return _("Too many wrong tries. You can try again on {moment} (UTC).").of(moment=chat.pin_blocked_until)


def _unfit(digits: str) -> Message | None:
    if not SHORTEST <= len(digits) <= LONGEST:
        return _("A PIN has {least} to {most} digits.").of(least=SHORTEST, most=LONGEST)
    steps = {int(after) - int(before) for before, after in pairwise(digits)}
    return _("This PIN is easy to guess. Please choose another.") if steps in ({0}, {1}, {-1}) else None


def _digits_of(text: str) -> str | None:
    """Digits of any script as 0 to 9; None if there is anything else but blanks."""
    found = [unicodedata.decimal(letter, None) for letter in "".join(text.split())]
    return "".join(map(str, found)) if found and None not in found else None
