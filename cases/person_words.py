"""What the verbs of casework say to the person themselves: few sentences, most of them known from elsewhere."""

from foundation.language import Message, _

CASE_CLOSED: Message = _("Your case is closed. You can come back at any time: write to us here.")
TAKING_OVER: Message = _("Taking over your case")
"""What another organisation offers, where the chat names a service."""
WHOLE_FILE: tuple[Message, ...] = (
    _("your answers"),
    _("the messages and files you send"),
    _("what becomes of your requests"),
)
"""What another organisation receives that takes over a case."""
# Translators: {recipient} is an organisation.
TAKEN_OVER: Message = _("{recipient} has taken over your case. You can write here as before.")
NOT_TAKEN_OVER: Message = _("{recipient} cannot take over your case. Your caseworker goes on with it.")
SENT: Message = _("Thank you. Your request has been sent. We will tell you here when there is an answer.")
NOTHING_SENT: Message = _("Thank you for your answer. Nothing was sent, and your case goes on as before.")
TAKEN_BACK: Message = _(
    "You have taken this agreement back. Whoever received something from us is told to stop and to delete it."
)
NO_LONGER_OPEN: Message = _("This question is no longer open.")
