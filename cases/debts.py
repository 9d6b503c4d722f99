"""Debts that put someone in danger: which flags come from them, and what a caseworker does next. Pure.

Owing money to whoever smuggled or recruited someone is a sign of trafficking; threats over money cannot wait. The flags
are raised by the rules of `cases.safeguarding`; here is what helps whoever reads them. Nothing here decides anything.
"""

from foundation.language import Message, _

OWED = frozenset(["needs.debt_to_smuggler", "family.debt_to_smuggler", "finance.debt_to_smuggler"])
"""Rules for a debt to a smuggler or a recruiter."""
PRESSED = frozenset(["finance.debt_threats", "finance.debt_bondage", "screen.trafficking"])
"""Rules for threats over money, and for being held or made to work over it."""

_TALK = _(
    "Talk with the person alone, in a safe place. Say that owing money is no fault, and that nobody is told "
    "without their yes."
)
_NOT_ALONE = _("Do not speak with the lender, and do not advise to pay or not to pay.")
_SAFE_NOW = _(
    "Ask whether the person and the family are safe tonight. If not, find a safe place first. "
    "Call the police only if the person wants it, or if a life is in danger."
)
_ASK_MORE = _("If it is not known whether there are threats, make the assessment of money and debts.")
_PROTECTION = _(
    "The protection officer looks at it. Under the need for safety, offer a referral to a service against trafficking."
)
_LAWYER = _("Offer legal aid: a debt for being smuggled, or for getting a job, often need not be paid by law.")
_BUDGET = _("Under the need for money, offer advice about debts. The chat has short lessons about debts too.")


def next_steps(rule: str) -> tuple[Message, ...]:
    """What to do about a flag that this rule raised, first to last; nothing where it is about no debt."""
    if rule in PRESSED:
        return _SAFE_NOW, _TALK, _NOT_ALONE, _PROTECTION, _LAWYER
    if rule in OWED:
        return _TALK, _ASK_MORE, _NOT_ALONE, _PROTECTION, _LAWYER, _BUDGET
    return ()
