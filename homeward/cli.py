"""The command line. Every command that fails says why in one clear line and exits with 1; with 2 if it was mistyped."""

import sys
from typing import NoReturn

import typer

from homeward.commands import (
    boundaries,
    broadcast,
    cases,
    dead,
    directory,
    facts,
    forms,
    keeping,
    keys,
    openings,
    releases,
    remittances,
    reports,
    serving,
    staff,
    survey,
)
from homeward.commands.explaining import explain

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Homeward.")
for part in (serving, keeping, broadcast):
    app.add_typer(part.app)
for name, group in {
    "staff": staff,
    "directory": directory,
    "facts": facts,
    "form": forms,
    "release": releases,
    "boundaries": boundaries,
    "report": reports,
    "case": cases,
    "dead": dead,
    "survey": survey,
    "remittances": remittances,
    "keys": keys,
}.items():
    app.add_typer(group.app, name=name)
for name, part_of_openings in {"jobs": openings.jobs, "courses": openings.courses}.items():
    app.add_typer(part_of_openings, name=name)


def main() -> NoReturn:
    """Run the command line; refusals become one line on standard error."""
    try:
        code = app(standalone_mode=False)  # returns the code of a `typer.Exit` instead of raising it
    except (typer.Abort, KeyboardInterrupt):
        sys.exit(130)
    except Exception as error:  # noqa: BLE001  # nobody who deploys should have to read a traceback
        print(explain(error), file=sys.stderr)  # noqa: T201  # this is the command line speaking
        sys.exit(getattr(error, "exit_code", 1))  # typer's own: 2 for words that are no command
    sys.exit(code or 0)


if __name__ == "__main__":
    main()
