"""The whole product, started as a newcomer starts it: one command, example data, a real browser."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser
from running_demo import Demo, opened_browser, started_demo


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo of this worker's own. Its example data are made once, by whichever worker comes first."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = tmp_path_factory.mktemp("demo")
    shutil.copytree(_example_data(shared / "example"), folder / "data")
    with started_demo(folder) as running:
        yield running


def _example_data(folder: Path) -> Path:
    """What a newcomer's first start makes in an empty folder."""
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "made").exists():
            with started_demo(folder):
                pass
            (folder / "made").touch()
    return folder / "data"


@pytest.fixture(scope="module")  # not longer: while it lives no test with an event loop of its own can run
def browser() -> Iterator[Browser]:
    with opened_browser() as opened:
        yield opened


@pytest.fixture
def http(demo: Demo) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=demo.address) as client:
        yield client
