"""A filter of the list of cases, as it stands in an address and in what is kept: codes and days, never a name."""

from datetime import date
from typing import Annotated, Literal
from urllib.parse import urlencode
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints

from cases import case_list
from cases.case_list import Sort
from cases.rules import CaseStatus, FlagKind, Phase

Code = Annotated[str, StringConstraints(max_length=40, pattern=r"^[A-Za-z0-9_]+$")]


class CaseFilter(BaseModel):
    model_config = ConfigDict(extra="ignore")

    phase: Phase | None = None
    """Of open cases."""
    status: CaseStatus | None = None
    flag: FlagKind | None = None
    """An open one of this kind."""
    owner: Literal["mine", "nobody"] | UUID | None = None
    country: Code | None = None
    """Of return."""
    area: Code | None = None
    overdue: bool = False
    """The person has waited too long for an answer."""
    opened_from: date | None = None
    opened_to: date | None = None
    """The last day, in UTC."""
    sort: Sort = Sort.ATTENTION

    def codes(self, **more: str) -> str:
        """As they stand in an address; `more` behind them."""
        chosen = self.model_dump(mode="json", exclude_defaults=True, include=set(CaseFilter.model_fields))
        return urlencode({name: "true" if code is True else code for name, code in {**chosen, **more}.items()})

    def wanted(self) -> case_list.Narrowing:
        return case_list.Narrowing(
            phase=self.phase,
            status=self.status,
            owner_id=self.owner if isinstance(self.owner, UUID) else None,
            mine=self.owner == "mine",
            unowned=self.owner == "nobody",
            flag=self.flag,
            country=self.country,
            area=self.area,
            overdue=self.overdue,
            opened_from=self.opened_from,
            opened_to=self.opened_to,
        )
