"""`homeward keys`: master keys."""

import typer

from foundation import keys
from foundation.sealing import KeyRing
from homeward.commands.running import Opened, console, run

app = typer.Typer(no_args_is_help=True, help="Master keys.")


@app.command("new")
def keys_new(name: str) -> None:
    """Make a master key under a new id. Put it first in HOMEWARD_MASTER_KEYS, and keep a copy elsewhere."""
    print(KeyRing.new_master(name))  # noqa: T201  # raw, so that it can be piped


@app.command("rotate")
def keys_rotate() -> None:
    """Wrap every data key with the first master key. Runs beside the live system; can be stopped and run again."""

    async def work() -> None:
        async with Opened() as database:
            left = 1
            with console.status("Rotating") as status:
                while left:
                    async with database.transaction() as session:
                        left = await keys.rewrap_some(session)
                    status.update(f"Rotating: {left} keys to go")
        console.print("Every key is wrapped by the first master key. Older ones may now be removed.")

    run(work())
