"""Hand-made populations: for each indicator that is counted, facts by their codes, and what it must say of them.

A line is: how many, kind, outcome, detail. Written down apart from the definitions, and by hand.
"""

from dataclasses import dataclass

from cases.fact_rules import Thing

Line = tuple[int, str, str, str]
WEEK, FORTNIGHT, MONTH = "0-7", "8-14", "15-30"


@dataclass(frozen=True)
class Known:
    thing: Thing
    lines: tuple[Line, ...]
    numerator: int | None
    denominator: int | None = None
    rate: str | None = None
    missing: str | None = None


def _check(thing: Thing, kind: str) -> Known:
    """Thirty fulfilled, ten not, ten of whom nobody knows, nine whom it is not about; and others of another kind."""
    other = {Thing.CHILD_CHECK: "accompanied", Thing.MONITORED: "journey"}.get(thing, "assessment")
    if kind == other:
        other = {Thing.CHILD_CHECK: "arrangements", Thing.MONITORED: "departure"}.get(thing, "remedies")
    lines = (
        (30, kind, "yes", "none"),
        (10, kind, "no", "none"),
        (10, kind, "not_known", "none"),
        (9, kind, "not_applicable", "none"),
        (77, other, "yes", "none"),
    )
    return Known(thing, lines, 30, 40, "75.0", "20.0")


def _answer(thing: Thing, wave: str) -> Known:
    lines = (
        (12, wave, "yes", "done"),
        (4, wave, "no", "done"),
        (4, wave, "not_known", "done"),
        (30, wave, "not_applicable", "unreachable"),
        (50, "month_18", "yes", "done"),
    )
    return Known(thing, lines, 12, 16, "75.0", "20.0")


def _score(weighed: str) -> Known:
    other = "own" if weighed == "interim" else "interim"
    lines = (
        (5, "month_12", f"{weighed}_high_need", "done"),
        (10, "month_12", f"{weighed}_medium_need", "done"),
        (5, "month_12", f"{weighed}_low_need", "done"),
        (5, "month_12", "not_known", "done"),
        (40, "month_12", f"{other}_high_need", "done"),
        (40, "month_6", f"{weighed}_high_need", "done"),
        (9, "month_12", "not_applicable", "refused"),
    )
    return Known(Thing.SCORE, lines, 5, 20, "25.0", "20.0")


def _application(kind: str) -> Known:
    other = "unpaid_wages"
    lines = (
        (6, kind, "granted", "submitted"),
        (2, kind, "partly", "submitted"),
        (4, kind, "refused", "submitted"),
        (3, kind, "submitted", "submitted"),
        (1, kind, "withdrawn", "none"),
        (30, other, "granted", "submitted"),
    )
    return Known(Thing.APPLICATION, lines, 8, 16, "50.0")


def _lines(*lines: Line) -> tuple[Line, ...]:
    return lines


KNOWN: dict[str, Known] = {
    "21a-O1": _check(Thing.RETURN_CHECK, "assessment"),
    "21b-P1": _check(Thing.RETURN_CHECK, "informed_consent"),
    "21b-P2": Known(Thing.COUNSELLING, _lines((18, "none", "yes", "none"), (6, "none", "no", "none")), 18, 24, "75.0"),
    "21b-P3": Known(Thing.WITHDRAWAL, _lines((18, "none", "yes", "none"), (6, "none", "no", "none")), 18, 24, "75.0"),
    "21c-P1": Known(
        Thing.TRAVEL_DOCUMENT,
        _lines(
            (4, "passport", WEEK, "none"),
            (5, "passport", FORTNIGHT, "none"),
            (9, "laissez_passer", MONTH, "none"),
            (2, "passport", "91+", "none"),
            (5, "passport", "not_yet", "none"),
            (9, "passport", "never", "none"),
        ),
        None,
        20,
        MONTH,
        "20.0",
    ),
    "21c-O1": _answer(Thing.ANSWER_IDENTITY, "month_3"),
    "21d-P1": _check(Thing.RETURN_CHECK, "consular_wanted"),
    "21d-P2": _check(Thing.RETURN_CHECK, "consular_declined"),
    "21e-P1": _check(Thing.RETURN_CHECK, "remedies"),
    "21e-P2": _check(Thing.RETURN_CHECK, "legal_help"),
    "21e-P3": Known(
        Thing.FLAG,
        _lines(
            (15, "fear_in_time", "in_time", "confirmed"),
            (3, "fear_late", "late", "confirmed"),
            (2, "fear_not_yet", "not_yet", "none"),
            (40, "trafficking", "late", "none"),
        ),
        15,
        20,
        "75.0",
    ),
    "21e-P4": _check(Thing.RETURN_CHECK, "fit_to_travel"),
    "21e-P5": _check(Thing.MONITORED, "needs_known"),
    "21e-O1": _check(Thing.MONITORED, "restraint"),
    "21e-X1": _check(Thing.MONITORED, "incident"),
    "21f-P1": _check(Thing.RETURN_CHECK, "monitored"),
    "21f-P2": _check(Thing.RETURN_CHECK, "monitored_throughout"),
    "21f-P4": _check(Thing.MONITORED, "notice"),
    "21f-P7a": _check(Thing.MONITORED, "complaint_channel"),
    "21f-P7b": Known(
        Thing.COMPLAINT,
        _lines((9, "staff", "in_time", "closed"), (2, "data", "late", "closed"), (1, "staff", "not_yet", "open")),
        9,
        12,
        "75.0",
    ),
    "21g-P1": _check(Thing.CHILD_CHECK, "best_interests"),
    "21g-P2": _check(Thing.CHILD_CHECK, "accompanied"),
    "21g-P3": _check(Thing.CHILD_CHECK, "arrangements"),
    "21g-P4": Known(
        Thing.GUARDIAN, _lines((18, "none", "yes", "separated"), (6, "none", "no", "separated")), 18, 24, "75.0"
    ),
    "21g-P5": _check(Thing.CHILD_CHECK, "override"),
    "21g-X1": _check(Thing.CHILD_CHECK, "handed_over"),
    "21g-O1": _answer(Thing.ANSWER_SCHOOL, "month_6"),
    "21h-P1": Known(
        Thing.PLAN,
        _lines((21, "none", "in_time", "none"), (5, "none", "late", "none"), (2, "none", "not_yet", "none")),
        21,
        28,
        "75.0",
    ),
    "21h-P2": Known(
        Thing.REFERRAL,
        _lines(
            (7, "jobs", "completed", "yes"),
            (1, "housing", "accepted", "none"),
            (2, "jobs", "sent", "none"),
            (2, "jobs", "expired", "none"),
            (2, "jobs", "unsuccessful", "none"),
        ),
        7,
        14,
        "50.0",
    ),
    "21h-X1": Known(
        Thing.REFERRAL,
        _lines(
            (8, "jobs", "completed", "yes"),
            (1, "jobs", "completed", "partly"),
            (3, "jobs", "completed", "no"),
            (3, "jobs", "completed", "none"),
            (9, "jobs", "in_service", "yes"),
        ),
        9,
        12,
        "75.0",
        "20.0",
    ),
    "21h-P3": Known(
        Thing.REFERRAL_WAIT,
        _lines(
            (6, "jobs", WEEK, "none"),
            (6, "jobs", FORTNIGHT, "none"),
            (3, "jobs", "not_yet", "none"),
            (9, "jobs", "never", "none"),
        ),
        None,
        12,
        WEEK,
        "20.0",
    ),
    "21h-O1": _answer(Thing.ANSWER_WORK, "month_12"),
    "21h-O3": _application("skills_recognition"),
    "21h-X2": _application("portability"),
    "21h-X3": _application("business_funding"),
    "21h-X4": Known(
        Thing.PLACEMENT,
        _lines(
            (5, "vacancy", "stayed_6", "7"),
            (4, "vacancy", "started", "7"),
            (1, "vacancy", "stayed_3", "9"),
            (8, "vacancy", "ended", "9"),
            (8, "course", "completed", "none"),
        ),
        5,
        10,
        "50.0",
    ),
    "21h-O5": Known(
        Thing.ANSWER_SUPPORT,
        _lines(
            (9, "month_6", "yes", "done"),
            (3, "month_6", "no", "done"),
            (20, "month_6", "not_applicable", "done"),
            (9, "month_3", "yes", "done"),
        ),
        9,
        12,
        "75.0",
    ),
    "21h-O6": _score("interim"),
    "21h-O6b": _score("own"),
    "21i-O1": _answer(Thing.ANSWER_DISCRIMINATION, "month_6"),
    "21i-X1": Known(Thing.NEED, _lines((11, "work", "open", "none"), (12, "health", "met", "none")), 23),
    "21i-X2": Known(Thing.SKILL, _lines((11, "7", "none", "none"), (2, "0", "none", "none")), 13),
    "21x-N1": Known(Thing.CASE, _lines((30, "none", "yes", "none"), (10, "none", "no", "none")), 40),
    "21x-N2": Known(Thing.CASE, _lines((3, "none", "yes", "none"), (37, "none", "no", "none")), 3, 40, "75.0"),
}
