"""The demo while it runs, as tests see it, and the browser that they see it with."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.chromium import CHROMIUM

START_SECONDS = 420


@dataclass(frozen=True)
class Demo:
    address: str
    data: Path
    log: Path

    def environment(self) -> dict[str, str]:
        """What a second process needs to work on the demo's database."""
        return {
            **os.environ,
            "HOMEWARD_DATABASE_URL": f"sqlite+aiosqlite:///{self.data / 'homeward.db'}",
            "HOMEWARD_MASTER_KEYS": (self.data / "master.key").read_text(),
        }

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "homeward.cli", *words]
        return subprocess.run(command, env=self.environment(), capture_output=True, text=True, check=False)


@contextmanager
def started_demo(folder: Path) -> Iterator[Demo]:
    """The demo, started as a newcomer starts it, with its data in an empty folder; stopped at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    running = Demo(f"http://127.0.0.1:{port}", folder / "data", folder / "log.txt")
    with running.log.open("wb") as log:
        command = [sys.executable, "-m", "homeward.cli", "demo", "--port", str(port), "--data", str(running.data)]
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env={**os.environ, "COLUMNS": "120"})
    try:
        _wait_until_up(running, process)
        yield running
    finally:
        process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0, running.log.read_text()


@contextmanager
def opened_browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield opened
        finally:
            opened.close()


def _wait_until_up(running: Demo, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        assert process.poll() is None, running.log.read_text()
        if "Ctrl-C stops the demo" in running.log.read_text():
            return
        time.sleep(0.2)
    raise AssertionError(running.log.read_text())
