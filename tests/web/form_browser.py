"""A browser with a form open in it, and what is stored of that form."""

import html
import re
from dataclasses import dataclass

import httpx
from sqlalchemy import select
from web_browser import Browser

from cases.answers import open_answers
from cases.models import Case, Submission
from foundation.database import Database
from foundation.keys import open_subject
from questionnaire.sheet import Answer

ASKED = re.compile(r'name="asked" value="([^"]+)"')
FAULT = re.compile(r'<p class="fault"[^>]*><span[^>]*>.</span> ([^<]+)</p>')


@dataclass
class Filling:
    """A browser with a form open in it."""

    browser: Browser
    address: str
    answer: httpx.Response

    @property
    def asked(self) -> list[str]:
        return [html.unescape(key) for key in ASKED.findall(self.answer.text)]

    @property
    def faults(self) -> list[str]:
        return [html.unescape(fault) for fault in FAULT.findall(self.answer.text)]

    async def open(self, path: str) -> None:
        self.answer = await self.browser.client.get(path, follow_redirects=True)

    async def post(
        self,
        typed: dict[str, str | list[str]],
        go: str = "next",
        *,
        files: dict[str, tuple[str, bytes]] | None = None,
        **more: str,
    ) -> httpx.Response:
        """Send the page that is open, and follow where it leads."""
        data: dict[str, str | list[str]] = {
            "csrf_token": await self.browser.token(), "asked": self.asked, "at": self.asked[0], "go": go, **more,
        }  # fmt: skip
        data |= {f"a.{key}": typed[key] for key in self.asked if key in typed}
        self.answer = await self.browser.client.post(
            self.address,
            data=data,
            files={f"f.{key}": file for key, file in (files or {}).items()} or {"f.none": ("", b"")},
            headers={"Sec-Fetch-Site": "same-origin"},
        )
        if self.answer.status_code == 303:
            await self.open(self.answer.headers["location"])
        return self.answer

    @property
    def is_review(self) -> bool:
        return self.answer.url.path.endswith("/review")

    async def fill(self, typed: dict[str, str | list[str]]) -> None:
        """Page by page to the review."""
        for _page in range(20):
            if self.is_review:
                return
            assert (await self.post(typed)).status_code == 200, self.faults
        raise AssertionError(f"the review was never reached; at {self.asked}")


async def begin(browser: Browser, number: str, sheet: str) -> Filling:
    answer = await browser.send(f"/cases/{number}/forms", {"sheet": sheet})
    assert answer.status_code == 303
    address = answer.headers["location"]
    return Filling(browser, address, await browser.client.get(address))


async def stored(database: Database, sheet_id: str) -> tuple[Submission, dict[str, Answer]]:
    """The newest submission of a form and its answers, without what is drafted beside them."""
    async with database.reading() as session:
        submission = (
            await session.scalars(
                select(Submission).where(Submission.sheet_id == sheet_id).order_by(Submission.started_at.desc())
            )
        ).first()
        assert submission is not None
        case = await session.get_one(Case, submission.case_id)
        assert case.person_id is not None
        return submission, open_answers(await open_subject(session, case.person_id), submission)
