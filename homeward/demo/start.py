"""Starting the demo: one parent process with web (and phones), bot and worker as its children."""

import asyncio
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import httpx
from rich.console import Console
from rich.table import Table

from foundation.sealing import KeyRing
from foundation.settings import SQLITE_FILE, Dangerous, Settings
from homeward.demo.seed import seed
from homeward.demo.site import PORT
from homeward.demo.staff import (
    ACCOUNTS,
    MONITOR,
    OTHER_SUPERVISOR,
    PARTNER_GM,
    PARTNER_TN,
    PASSWORD,
    SECOND_MONITOR,
)
from homeward.preparing import prepare
from homeward.server import refuse_taken_port
from homeward.wiring import open_database, programme_of

HOST = "127.0.0.1"
BOUNDARIES = Path(__file__).resolve().parent / "boundaries.json"
"""Made-up shapes, so that there is a map to see."""
PARTS = {
    "web": ["homeward.demo.site"],
    "bot": ["homeward.cli", "bot"],
    "worker": ["homeward.cli", "worker"],
}
STOP_SECONDS = 8
START_SECONDS = 60

console = Console()


def start_demo(port: int, data: Path) -> None:
    """Blocks until Ctrl-C or SIGTERM; then stops every part and leaves the data for the next start."""
    refuse_taken_port(HOST, port)
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    environment = _environment(port, data)
    os.environ.update(environment)
    asyncio.run(_prepare(Settings()))  # type: ignore[call-arg]  # all fields have defaults
    # Also where a shell started us in the background and had SIGINT ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _as_interrupt)
    children: list[subprocess.Popen[bytes]] = []
    try:
        for name, words in PARTS.items():
            children.append(_child(name, words))
            _wait_until_up(port, children)
        _print_addresses(port)
        _watch(children)
    except KeyboardInterrupt:
        console.print("Stopping.")
    finally:
        # The web last: the others talk to the simulator that it hosts.
        for child in reversed(children):
            _stop(child)


async def _prepare(settings: Settings) -> None:
    database = open_database(settings)
    try:
        await prepare(database, settings)
        await seed(database, programme_of(settings))
    finally:
        await database.close()


def _environment(port: int, data: Path) -> dict[str, str]:
    address = f"http://{HOST}:{port}"
    return {
        "HOMEWARD_DATABASE_URL": f"{SQLITE_FILE}{(data / 'homeward.db').resolve()}",
        "HOMEWARD_MASTER_KEYS": _kept(data / "master.key", lambda: KeyRing.new_master("demo")),
        "HOMEWARD_TELEGRAM_TOKEN": _kept(data / "bot.token", lambda: f"1000001:{secrets.token_hex(16)}"),
        "HOMEWARD_TELEGRAM_API": address,
        "HOMEWARD_TELEGRAM_MODE": "polling",
        "HOMEWARD_PUBLIC_URL": address,
        # One signs in to look around; the second step can be tried on the page of one's account.
        "HOMEWARD_SECOND_FACTOR": "offered",
        "HOMEWARD_OPERATOR": "the Homeward demo service",
        "HOMEWARD_BOUNDARIES": str(BOUNDARIES),
        PORT: str(port),
    }


def _kept(path: Path, make: Callable[[], str]) -> str:
    """A secret of the demo, made once; only the owner of the folder can read it."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(make())
    return path.read_text()


def _child(name: str, words: list[str]) -> subprocess.Popen[bytes]:
    console.print(f"Starting {name}")
    return subprocess.Popen([sys.executable, "-m", *words], start_new_session=False)  # noqa: S603  # our own modules


def _wait_until_up(port: int, children: list[subprocess.Popen[bytes]]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        _refuse_dead(children)
        try:
            if httpx.get(f"http://{HOST}:{port}/readyz", timeout=1).is_success:
                return
        except httpx.TransportError:
            pass  # not listening yet
        time.sleep(0.2)
    raise Dangerous("The demo did not come up in time. The lines above say why.")


def _watch(children: list[subprocess.Popen[bytes]]) -> None:
    while True:
        _refuse_dead(children)
        time.sleep(0.5)


def _refuse_dead(children: list[subprocess.Popen[bytes]]) -> None:
    if any(child.poll() is not None for child in children):
        raise Dangerous("A part of the demo has ended unexpectedly. The lines above say why.")


def _stop(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()


def _as_interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _print_addresses(port: int) -> None:
    address = f"http://{HOST}:{port}"
    table = Table.grid(padding=(0, 3))
    table.add_row("returnees' phones", f"{address}/phone", "")
    for account in ACCOUNTS:
        table.add_row(account.role.replace("_", " "), address, account.email)
    table.add_row("supervisor elsewhere", f"{address}/transfers", OTHER_SUPERVISOR.email)
    table.add_row("partner in Tunisia", f"{address}/partner", PARTNER_TN.email)
    table.add_row("partner in The Gambia", f"{address}/partner", PARTNER_GM.email)
    table.add_row("monitoring body", f"{address}/monitoring", MONITOR.email)
    table.add_row("a second monitor", f"{address}/monitoring", SECOND_MONITOR.email)
    # Wide enough for every address: a cut address cannot be clicked.
    Console(width=max(console.width, 100)).print(table)
    console.print(
        "Only the demo signs in with a password alone: elsewhere whoever opens cases or reads secret addresses "
        "needs a second step."
    )
    console.print(f"Every password is [bold]{PASSWORD}[/bold]. Ctrl-C stops the demo.")
