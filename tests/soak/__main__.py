"""`python -m tests.soak [NAME]`: one run, or all of them."""

import argparse
import sys
from functools import partial

from access.rules import Role
from tests.soak import attack, fuzz, kill, shuffle, wander

RUNS = {"api": fuzz.main, "attack": attack.main, "crowd": wander.main, "kill": kill.main, "shuffle": shuffle.main}


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run soak", description="Long fault and crowd runs.")
    parser.add_argument("name", nargs="?", choices=sorted(RUNS), help="one run; all of them without a name")
    parser.add_argument("--short", action="store_true", help="the form that the tests run")
    parser.add_argument(
        "--role", action="append", type=Role, help="of the run api: only this role; as often as you like"
    )
    parser.add_argument(
        "--path", action="append", help="of the run api: only operations whose path holds this; as often as you like"
    )
    chosen = parser.parse_args()
    names = [chosen.name] if chosen.name else sorted(RUNS)
    runs = RUNS | {"api": partial(fuzz.main, roles=chosen.role or (), paths=chosen.path or ())}
    return max(runs[name](short=chosen.short) for name in names)


if __name__ == "__main__":
    sys.exit(main())
