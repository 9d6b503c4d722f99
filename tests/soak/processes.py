"""The processes of a run: the program itself, killed as a power cut or the kernel kills it.

They are forked from one process that has imported the program and done nothing else: what is killed is no different,
and a run spends its time at work instead of importing.
"""

import asyncio
import multiprocessing
import os
import runpy
import socket
import sys
from collections.abc import Mapping
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.soak.stand import ROOT

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["homeward.cli", "tests.soak.phones"])


class Processes:
    """Named processes of this run. Each writes its log into the run's folder; all end with the block."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self.environment = dict(environment)
        self.running: dict[str, ForkServerProcess] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in list(self.running):
            await self.kill(name)

    async def start(self, name: str, module: str, *arguments: str) -> None:
        """As `python -m module arguments` would."""
        details = (module, arguments, self.environment, self.folder / f"{name}.log")
        self.running[name] = process = _FORKS.Process(target=_run, args=details, name=name)
        await asyncio.to_thread(process.start)

    async def kill(self, name: str) -> None:
        """SIGKILL: no handler runs, nothing is flushed."""
        process = self.running.pop(name)
        process.kill()
        await asyncio.to_thread(process.join)

    def has_ended(self, name: str) -> bool:
        return self.running[name].exitcode is not None

    def log_of(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")


def _run(module: str, arguments: tuple[str, ...], environment: dict[str, str], log: Path) -> None:
    with log.open("ab") as written:
        os.dup2(written.fileno(), sys.stdout.fileno())
        os.dup2(written.fileno(), sys.stderr.fileno())
    os.chdir(ROOT)
    os.environ.update(environment)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
