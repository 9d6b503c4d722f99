"""The whole product, started as a newcomer starts it: one command, example data, a real browser."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, sync_playwright
from running_demo import Demo

START_SECONDS = 180
CHROMIUM = next((path for path in ("/usr/bin/chromium", "/usr/bin/chromium-browser") if Path(path).exists()), None)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    running = Demo(f"http://127.0.0.1:{port}", folder / "data", folder / "log.txt")
    with running.log.open("wb") as log:
        command = [sys.executable, "-m", "homeward.cli", "demo", "--port", str(port), "--data", str(running.data)]
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env={**os.environ, "COLUMNS": "120"})
    _wait_until_up(running, process)
    yield running
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0, running.log.read_text()


def _wait_until_up(running: Demo, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        assert process.poll() is None, running.log.read_text()
        if "Ctrl-C stops the demo" in running.log.read_text():
            return
        time.sleep(0.2)
    raise AssertionError(running.log.read_text())


@pytest.fixture(scope="module")  # not longer: while it lives no test with an event loop of its own can run
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def http(demo: Demo) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=demo.address) as client:
        yield client
