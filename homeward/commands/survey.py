"""`homeward survey`: the weights of the reintegration survey, and what they mean."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from cases.surveys import instrument, interim_weights, weights_in_force, weights_of
from foundation.settings import Dangerous, Part
from homeward.commands.running import console, settings_for
from homeward.wiring import use_own_files
from questionnaire.scoring import Weights

app = typer.Typer(no_args_is_help=True, help="The reintegration survey.")


@app.callback()
def survey() -> None:
    """Keep `weights` a command of its own, however few there are."""


@app.command("weights")
def survey_weights(
    file: Annotated[Path | None, typer.Argument(help="Weights to check, and to bring into force.")] = None,
) -> None:
    """List the weights; or check a file, and put it where HOMEWARD_SURVEY_WEIGHTS says that they are."""
    settings = settings_for(Part.TOOL)
    if file is None:
        use_own_files(settings)
        _list()
        return
    weights = weights_of(file)
    console.print(f"The weights are in order: {_described(weights)}.", soft_wrap=True)
    target = Path(settings.survey_weights) if settings.survey_weights else None
    if target is None:
        console.print(f"To use them, set HOMEWARD_SURVEY_WEIGHTS={file.resolve()} and restart.", soft_wrap=True)
    elif target.resolve() == file.resolve():
        console.print("HOMEWARD_SURVEY_WEIGHTS names this very file. They count from the next start on.")
    else:
        _put(file, weights, target)


def _put(file: Path, weights: Weights, target: Path) -> None:
    if target.exists() and weights_of(target).version == weights.version and weights_of(target) != weights:
        raise Dangerous(
            f"Other weights are in force under the name {weights.version}. Results keep that name: "
            "give the new weights another version."
        )
    beside = target.with_name(f"{target.name}.new")
    beside.write_bytes(file.read_bytes())
    beside.replace(target)
    console.print("They are where HOMEWARD_SURVEY_WEIGHTS says. They count from the next start of the processes on.")


def _list() -> None:
    table = Table("version", "official", "composite", "in force", title=f"Weights for {instrument().version}")
    in_force = weights_in_force()
    for weights in dict.fromkeys([interim_weights().version, in_force.version]):
        each = in_force if weights == in_force.version else interim_weights()
        official = "yes" if each.official else "no, ours for the time being"
        table.add_row(each.version, official, each.composite_method, "yes" if each is in_force else "")
    console.print(table)
    console.print(f"Source: {in_force.source}", soft_wrap=True)


def _described(weights: Weights) -> str:
    official = "official" if weights.official else "not official"
    return f"{weights.version}, for {weights.instrument}, {official}, composite by {weights.composite_method}"
