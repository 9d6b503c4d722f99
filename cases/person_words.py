"""What the verbs of casework say to the person themselves: few sentences, most of them known from elsewhere."""

from cases.casework_rules import FilePart
from foundation.language import Message, _

CASE_CLOSED: Message = _("Your case is closed. You can come back at any time: write to us here.")
TAKING_OVER: Message = _("Taking over your case")
"""What another organisation offers, where the chat names what an agreement is for."""
KEPT: tuple[Message, ...] = (
    _("your answers"),
    _("the messages and files you send"),
    _("what becomes of your requests"),
)
"""What is kept of a person who agrees to that."""
FILE_PART_NAMES: dict[FilePart, Message] = {
    FilePart.NUMBER: _("the number of your case"),
    FilePart.HAND_OVER: _("a short note from your caseworker"),
    FilePart.ANSWERS: _("your answers"),
    FilePart.MESSAGES: _("the messages and files you send"),
    FilePart.CASE_NOTES: _("what your caseworkers wrote down and decided about your case"),
    FilePart.PLAN: _("your plan, your appointments and what is still to be done"),
    FilePart.REQUESTS: _("what becomes of your requests"),
    FilePart.CONSENTS: _("what you have agreed to, and what you have not"),
}
"""As the person reads them when asked."""
# Translators: {recipient} is an organisation, {name} a person who works there.
TAKEN_OVER: Message = _("{recipient} has taken over your case. Your contact is {name}. You can write here as before.")
# Translators: {recipient} is an organisation.
NOT_TAKEN_OVER: Message = _("{recipient} cannot take over your case. Your caseworker goes on with it.")
NO_WORD: Message = _("{recipient} has not answered in time. Your caseworker goes on with your case.")
GIVEN_BACK: Message = _("You have taken this agreement back. Your case is with {recipient} again.")
# Translators: said after a person agreed, when the organisation may not be sent anything at the moment
HELD_BACK: Message = _(
    "Thank you for your answer. We cannot ask this organisation now, so nothing was sent. It is not your fault. "
    "Your caseworker knows, and looks for a way."
)
SENT: Message = _("Thank you. Your request has been sent. We will tell you here when there is an answer.")
NOTHING_SENT: Message = _("Thank you for your answer. Nothing was sent, and your case goes on as before.")
TAKEN_BACK: Message = _(
    "You have taken this agreement back. Whoever received something from us is told to stop and to delete it."
)
QUESTION_WAITS: Message = _("There is a question for you. Read it when you are alone and have time.")
"""That someone is asked whether they want to return: nothing of it may stand on a phone that others see."""
RETURN_AGREED: Message = _("Thank you. We have written down your answer. You can take it back until the day you leave.")
RETURN_REFUSED: Message = _("Thank you for telling us. We have written down your answer. You keep every other help.")
RETURN_LEFT_OPEN: Message = _("That is all right. Nothing is decided. Someone from our team will explain it to you.")
RETURN_PRESSED: Message = _(
    "Thank you for telling us. Nobody may push you. Nothing is decided. Someone whose work is to protect people will "
    "look at this."
)
RETURN_TAKEN_BACK: Message = _("You have taken this agreement back. It counts at once. You keep every other help.")
RETURN_ON_HOLD: Message = _("Someone must look at your safety first. Until then nothing is decided.")
ALREADY_LEFT: Message = _("This cannot be taken back here any more. Please write to us: we will talk about it.")
NO_LONGER_OPEN: Message = _("This question is no longer open.")
