"""`soak attack`: two years of monthly, quarterly and cumulative releases, then someone who has all of the files.

What the attacker is asked for: every small count of every cut, over every time between two days on which some release
begins or ends, so every cell and every difference between releases. Once as the public, once as each partner, who also
knows who their own people are.
"""

from collections.abc import Sequence
from dataclasses import replace
from time import monotonic
from typing import Any

from rich.progress import Progress

from monitoring.disclosure import PARTNER, PUBLIC, PUBLIC_ROUNDED, Policy
from tests.monitoring.attacker import WIDTH, Attacker
from tests.monitoring.history import History, Plan, release, to_be_hidden
from tests.soak.report import console, report, verdict

EXACT, NARROW = "counts worked out exactly", f"counts worked out to less than {WIDTH} wide"
PROPERTIES = frozenset({EXACT, NARROW})
CUTS: dict[str, Any] = {
    "monthly": (("area", "age"),),
    "quarterly": (("area", "sex"),),
    "cumulative": (("age", "sex"),),
}
FULL = Plan({"area": 4, "age": 3, "sex": 2}, **CUTS, people=100)
WITH_PARTNERS = Plan({"area": 3, "age": 2, "sex": 2}, **CUTS, people=100, partners=2)
SHORT = Plan(
    {"area": 3, "age": 2}, monthly=(("area",),), quarterly=(("area", "age"),), cumulative=(("age",),), people=60
)
SHORT_WITH_PARTNERS = replace(SHORT, months=8, partners=1)


def run_attack(name: str, plan: Plan, policy: Policy, insiders: Sequence[int] = ()) -> dict[str, Any]:
    """Release everything that can be released, then attack it; every name in PROPERTIES must come back as 0."""
    begun, history = monotonic(), History(plan)
    policy = replace(policy, months=1)  # shorter than any that is published: what is hardest to keep safe
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task(name, total=len(list(plan.calendar())))
        released = release(history, policy, insiders, lambda: progress.advance(task))
    row: dict[str, Any] = {
        "run": name,
        "tables released": len(released.files),
        "tables refused": len(released.refused),
        "cells": released.cells,
        "cells withheld": released.withheld,
        "release seconds": round(monotonic() - begun, 1),
        "small counts attacked": 0,
        "programs that had to be solved to the end": 0,
        EXACT: 0,
        NARROW: 0,
    }
    begun = monotonic()
    for who in (None, *insiders):
        attacker = Attacker(released.files, None if who is None else history.own(who))
        found = attacker.attack(to_be_hidden(history, released.files, policy.threshold, who))
        row["small counts attacked"] += len(found)
        row["programs that had to be solved to the end"] += sum(each.is_exact for each in found)
        row[EXACT] += sum(bool(each.width == 0) for each in found)
        row[NARROW] += sum(bool(each.width < WIDTH) for each in found)
    return row | {"attack seconds": round(monotonic() - begun, 1)}


def run_all(*, short: bool) -> list[dict[str, Any]]:
    plan, with_partners = (SHORT, SHORT_WITH_PARTNERS) if short else (FULL, WITH_PARTNERS)
    return [
        run_attack("public", plan, PUBLIC),
        run_attack("partner threshold", plan, PARTNER),
        run_attack("rounded", plan, PUBLIC_ROUNDED),
        run_attack("partners' own people known", with_partners, PUBLIC, range(with_partners.partners)),
    ]


def main(*, short: bool) -> int:
    rows = run_all(short=short)
    report("Releases under attack", rows, "soak-attack.json")
    return verdict(rows, PROPERTIES)
