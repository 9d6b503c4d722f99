"""Which route a claim takes for someone who worked in one country and returned to another (GCM Objective 22).

A table of routes, each with its source and how sure it is, and general guidance beside it. That a pair of countries is
not in the table says nothing: nobody is told that there is no agreement. Everything is to be confirmed by the
institution. A deployment can bring a table of its own by `HOMEWARD_PORTABILITY_ROUTES`.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import IO, Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from foundation.language import Message, _p

BUILT_IN = Path(__file__).with_name("portability.json")
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


class RoutesRefused(Exception):
    """What is wrong with a table of routes: one sentence a line, for the person who wrote it."""


class Route(StrEnum):
    AGREEMENT = "agreement"
    REFUND = "refund"
    END_OF_SERVICE = "end_of_service"
    DIRECT = "direct"
    WAGE_COMPLAINT = "wage_complaint"


ROUTE_NAMES: dict[Route, Message] = {
    Route.AGREEMENT: _p("route", "Claim through an agreement, at home"),
    Route.REFUND: _p("route", "Refund or lump sum"),
    Route.END_OF_SERVICE: _p("route", "End-of-service pay"),
    Route.DIRECT: _p("route", "Claim directly abroad"),
    Route.WAGE_COMPLAINT: _p("route", "Wage complaint"),
}


class Branch(StrEnum):
    OLD_AGE = "old_age"
    INVALIDITY = "invalidity"
    SURVIVORS = "survivors"
    WORK_INJURY = "work_injury"
    SICKNESS = "sickness"
    MATERNITY = "maternity"
    UNEMPLOYMENT = "unemployment"
    FAMILY = "family"
    HEALTH = "health"
    END_OF_SERVICE = "end_of_service"
    PROVIDENT_FUND = "provident_fund"
    WAGES = "wages"


BRANCH_NAMES: dict[Branch, Message] = {
    Branch.OLD_AGE: _p("branch", "Old age"),
    Branch.INVALIDITY: _p("branch", "Invalidity"),
    Branch.SURVIVORS: _p("branch", "Survivors"),
    Branch.WORK_INJURY: _p("branch", "Work injury"),
    Branch.SICKNESS: _p("branch", "Sickness"),
    Branch.MATERNITY: _p("branch", "Maternity"),
    Branch.UNEMPLOYMENT: _p("branch", "Unemployment"),
    Branch.FAMILY: _p("branch", "Family benefits"),
    Branch.HEALTH: _p("branch", "Health"),
    Branch.END_OF_SERVICE: _p("branch", "End-of-service pay"),
    Branch.PROVIDENT_FUND: _p("branch", "Provident fund"),
    Branch.WAGES: _p("branch", "Wages"),
}


class Grade(StrEnum):
    A = "A"
    B = "B"
    C = "C"


GRADE_NAMES: dict[Grade, Message] = {
    Grade.A: _p("how sure", "Read in a source of an institution"),
    Grade.B: _p("how sure", "Well known, to be checked"),
    Grade.C: _p("how sure", "From a private source, not sure"),
}


class Applies(StrEnum):
    AGREEMENT = "agreement"
    NO_AGREEMENT = "no_agreement"
    NOT_INSURED = "not_insured"


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    route: Route
    note: str = Field(min_length=1, max_length=1000)
    source: str = Field(min_length=1, max_length=500)
    grade: Grade

    @property
    def words(self) -> Message:
        return Message(self.note)


class KnownRoute(_Told):
    """Of pairs of countries. An empty `returns_to` is every country, empty `branches` are all but wages."""

    worked_in: tuple[Country, ...] = Field(min_length=1)
    returns_to: tuple[Country, ...] = ()
    branches: tuple[Branch, ...] = ()
    read_on: date

    def fits(self, worked_in: str, returns_to: str, branch: Branch | None) -> bool:
        return (
            worked_in in self.worked_in
            and worked_in != returns_to
            and (not self.returns_to or returns_to in self.returns_to)
            and (branch is None or branch in self.branches or (not self.branches and branch is not Branch.WAGES))
        )


class GeneralRoute(_Told):
    applies: Applies


class RouteTable(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    edition: str = Field(min_length=1, max_length=60)
    routes: tuple[KnownRoute, ...]
    general: tuple[GeneralRoute, ...] = Field(min_length=1)

    def between(self, worked_in: str, returns_to: str, branch: Branch | None = None) -> list[KnownRoute]:
        """What is known of a pair, the surest first; of the same grade what names the country of return."""
        found = [each for each in self.routes if each.fits(worked_in, returns_to, branch)]
        return sorted(found, key=lambda each: (each.grade, not each.returns_to))


def read_routes(text: str) -> RouteTable:
    """Raises RoutesRefused with everything that is wrong."""
    try:
        return RouteTable.model_validate(json.loads(text))
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, each['loc'])) or 'file'}: {each['msg']}." for each in error.errors()]
        raise RoutesRefused("\n".join(lines)) from None
    except (ValueError, RecursionError):
        raise RoutesRefused("The file is not JSON.") from None


class _InForce:
    """The table in use in this process; the built-in one until `use_routes` names another."""

    table: RouteTable | None = None


def use_routes(path: Path | None) -> None:
    """From now on this process goes by this table; None: the built-in one. Raises RoutesRefused or OSError."""
    _InForce.table = read_routes((path or BUILT_IN).read_text(encoding="utf-8"))


def routes_in_force() -> RouteTable:
    if _InForce.table is None:
        _InForce.table = read_routes(BUILT_IN.read_text(encoding="utf-8"))
    return _InForce.table


def extract(
    fileobj: IO[bytes], keywords: Collection[str], comment_tags: Collection[str], options: Mapping[str, str]
) -> Iterator[tuple[int, str, str, list[str]]]:
    """Babel extraction method for `portability.json`: the notes go into the catalogue."""
    del keywords, comment_tags, options  # part of Babel's signature; the file has no code
    stored = json.loads(fileobj.read())
    for each in (*stored["routes"], *stored["general"]):
        yield 1, "gettext", each["note"], ["Translators: guidance about claims of social security or wages abroad"]
