"""The Washington Group Short Set on Functioning, scored by its rule. Wording, order and answers are fixed.

An answer that was refused or is not known is missing, never zero. The word disability is not used towards the person.
"""

from questionnaire.sheet import Answer, Answers

DOMAINS = ("seeing", "hearing", "walking", "cognition", "self_care", "communication")
PREFIX = "wg_"
"""Of the questions' names in a form: `wg_seeing`."""
NO_DIFFICULTY, SOME, A_LOT, CANNOT = "1", "2", "3", "4"
REFUSED, NOT_KNOWN = "7", "9"
_LEVELS = {NO_DIFFICULTY: 1, SOME: 2, A_LOT: 3, CANNOT: 4}


def levels(answers: Answers) -> dict[str, int | None]:
    """1 (no difficulty) to 4 (cannot do at all) for each domain; None where it is missing."""
    return {domain: _level(answers.get(PREFIX + domain)) for domain in DOMAINS}


def has_disability(answers: Answers) -> bool | None:
    """By the recommended cut-off: at least one domain with a lot of difficulty, or which cannot be done at all.

    None: not known, because no domain is so and at least one is missing.
    """
    known = levels(answers).values()
    if any(level is not None and level >= _LEVELS[A_LOT] for level in known):
        return True
    return None if None in known else False


def _level(answer: Answer) -> int | None:
    return _LEVELS.get(answer) if isinstance(answer, str) else None
