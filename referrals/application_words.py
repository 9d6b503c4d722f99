"""Words about applications that staff alone read. What the person reads of them is in `application_rules`."""

from foundation.language import Message, _p
from referrals.application_rules import Entry, Given, Standing

ENTRY_NAMES: dict[Entry, Message] = {
    Entry.OPENED: _p("application history", "Begun"),
    Entry.AUTHORISED: _p("application history", "The person gave their authorisation"),
    Entry.AUTHORISATION_ENDED: _p("application history", "The person took their authorisation back"),
    Entry.SUBMITTED: _p("application history", "Submitted"),
    Entry.MORE_ASKED: _p("application history", "The institution asked for more"),
    Entry.REMINDED: _p("application history", "The institution was reminded"),
    Entry.DECIDED: _p("application history", "Decided"),
    Entry.APPEALED: _p("application history", "Appealed"),
    Entry.CLOSED: _p("application history", "Closed"),
    Entry.WITHDRAWN: _p("application history", "Withdrawn by the person"),
}

STANDING_NAMES: dict[Standing, Message] = {
    Standing.HAVE: _p("document", "We have it"),
    Standing.ASKED: _p("document", "Asked for"),
    Standing.MISSING: _p("document", "Missing"),
    Standing.NOT_AVAILABLE: _p("document", "Cannot be had"),
}

GIVEN_NAMES: dict[Given, Message] = {
    Given.SIGNED: _p("authorisation", "Signed on paper"),
    Given.SPOKEN: _p("authorisation", "Spoken, face to face or by phone"),
    Given.WITNESSED: _p("authorisation", "By a mark or in words, before a witness"),
    Given.WRITTEN_IN_CHAT: _p("authorisation", "Written in the chat"),
}
