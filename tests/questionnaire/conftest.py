"""Shared by the questionnaire's tests: one fixed moment, and a form written as a markdown table."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from foundation.language import say
from questionnaire.engine import Given
from questionnaire.problems import FormRefused
from questionnaire.sheet import Sheet
from questionnaire.xlsform import read_form

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
SETTINGS = "| settings |\n|  | form_id | version | form_title |\n|  | trial | 1 | Trial |\n"

Place = tuple[str, int, str, str]


@pytest.fixture
def given() -> Given:
    return Given(now=NOW)


@pytest.fixture
def form() -> Callable[..., Sheet]:
    """Compile the rows of a survey (and choices) written as markdown; settings are added."""

    def compiled(tables: str, *, built_in: bool = False) -> Sheet:
        return read_form((tables + "\n" + SETTINGS).encode(), ".md", built_in=built_in)

    return compiled


@pytest.fixture
def problems_of() -> Callable[[str], list[Place]]:
    """The problems for which a form is refused, as (sheet, row, column, English reason)."""

    def places(tables: str) -> list[Place]:
        with pytest.raises(FormRefused) as refusal:
            read_form((tables + "\n" + SETTINGS).encode(), ".md")
        return [
            (problem.sheet, problem.row, problem.column, say("en", problem.reason))
            for problem in refusal.value.problems
        ]

    return places
