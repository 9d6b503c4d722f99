"""The whole product, started as a newcomer starts it: one command, example data, a real browser."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser
from running_demo import Demo, opened_browser, started_demo


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with started_demo(tmp_path_factory.mktemp("demo")) as running:
        yield running


@pytest.fixture(scope="module")  # not longer: while it lives no test with an event loop of its own can run
def browser() -> Iterator[Browser]:
    with opened_browser() as opened:
        yield opened


@pytest.fixture
def http(demo: Demo) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=demo.address) as client:
        yield client
