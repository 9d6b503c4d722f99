"""`python -m tests.bench [NAME]`: one benchmark, or all of them; the figures go to bench.json."""

import argparse
import asyncio
import json
import sys
from pathlib import Path

from tests.bench import alike, asking, broadcast, console, counting, matching, memory, release, turn

BENCHES = {
    "alike": alike.run,
    "asking": asking.run,
    "broadcast": broadcast.run,
    "console": console.run,
    "counting": counting.run,
    "match": matching.run,
    "memory": memory.run,
    "release": release.run,
    "turn": turn.run,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run bench", description="Benchmarks beside their baselines.")
    parser.add_argument("name", nargs="?", choices=sorted(BENCHES), help="one benchmark; all of them without a name")
    parser.add_argument("--short", action="store_true", help="fewer repeats and smaller databases")
    chosen = parser.parse_args()
    names = [chosen.name] if chosen.name else sorted(BENCHES)
    results = {name: asyncio.run(BENCHES[name](short=chosen.short)) for name in names}
    Path("bench.json").write_text(json.dumps(results, indent=2) + "\n")
    return 1 if any(result["missed"] for result in results.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
