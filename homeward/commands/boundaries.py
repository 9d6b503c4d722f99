"""`homeward boundaries`: the file of boundaries that the maps of monitors are drawn with."""

from pathlib import Path
from typing import Annotated

import typer

from foundation.settings import Dangerous, Part
from homeward.commands.running import console, settings_for
from monitoring.boundaries import read_boundaries

app = typer.Typer(no_args_is_help=True, help="Boundaries of areas, for maps.")


@app.callback()
def boundaries() -> None:
    """Keep `check` a command of its own, however few there are."""


@app.command("check")
def boundaries_check(
    file: Annotated[Path | None, typer.Argument(help="A GeoJSON file; left out, the one of the settings.")] = None,
) -> None:
    """Read a file as the program would, and name the areas that it has no boundary for."""
    settings = settings_for(Part.TOOL)
    path = file or (Path(settings.boundaries) if settings.boundaries else None)
    if path is None:
        raise Dangerous("HOMEWARD_BOUNDARIES is not set, so there are no maps. Name a file to check it.")
    found = read_boundaries(path.read_bytes(), settings.boundaries_property)
    for country, areas in found.countries.items():
        console.print(f"{country}: {', '.join(areas)}.", soft_wrap=True)
    if found.missing:
        console.print(f"Without a boundary, and so on no map: {', '.join(found.missing)}.", soft_wrap=True)
    console.print(f"The boundaries are in order. Source: {found.attribution}", soft_wrap=True, markup=False)
    if not settings.boundaries:
        console.print(f"To use them, set HOMEWARD_BOUNDARIES={path.resolve()} and restart.", soft_wrap=True)
