"""Who is at the door: the session behind the cookie, the permission each route names, and proof that a form is ours.

Strangers, and roles without the permission, get the same answer as for a page that does not exist.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from fastapi import Depends, Request
from starlette.datastructures import FormData

from access import staff
from access.actor import Actor
from access.rules import Permission
from access.staff import SEEN_STEP, SignedIn
from foundation import clock
from foundation.database import Database
from foundation.errors import NotFound, Refusal
from foundation.language import Message, _
from foundation.settings import Settings
from web.languages import language_of_stranger, page_language, page_languages

SESSION_COOKIE = "homeward_session"
FORM_COOKIE = "homeward_form"
"""Holds the form token of a visitor who is not signed in, so that nobody can be signed in by another site."""

SAFE_METHODS = frozenset(["GET", "HEAD", "OPTIONS"])
MOST_REMEMBERED = 10_000
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)

NOTHING_HERE: Message = _("This page does not exist, or you may not see it.")


class Door(StrEnum):
    """What a route may name instead of a permission."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    MACHINE = "machine"
    """For programs: no cookie is read and no account looked up, so a form of another site could use nobody's rights."""


PUBLIC, SIGNED_IN, MACHINE = Door.PUBLIC, Door.SIGNED_IN, Door.MACHINE


class Unproven(Refusal):
    """A form came from another site, or from a page of an earlier session."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One request as the pages need it: who asks, in which language, and the way to the database."""

    request: Request
    database: Database
    settings: Settings
    language: str
    form_token: str
    signed_in: SignedIn | None = None

    @property
    def actor(self) -> Actor:
        if self.signed_in is None:
            raise NotFound(NOTHING_HERE)
        return self.signed_in.actor

    @property
    def languages(self) -> tuple[str, ...]:
        """What this visitor may read the pages in."""
        return page_languages(None if self.signed_in is None else self.signed_in.staff.role)

    @property
    def session_token(self) -> str:
        return self.request.cookies.get(SESSION_COOKIE, "")

    def may(self, permission: Permission) -> bool:
        return self.signed_in is not None and self.signed_in.actor.may(permission)


class Guard:
    """The check that stands before a route. Refuses with NotFound, so that missing and forbidden look alike."""

    def __init__(self, needs: Permission | Door, *, counts_as_use: bool) -> None:
        self.needs = needs
        self.counts_as_use = counts_as_use

    async def __call__(self, request: Request) -> Visit:
        visit = stranger(request) if self.needs is MACHINE else await current_visit(request)
        if not self._admits(visit):
            raise NotFound(NOTHING_HERE)
        if request.method not in SAFE_METHODS and self.needs is not MACHINE:
            await _prove(visit)
        if visit.signed_in is not None and self.counts_as_use:
            await _touch(visit, visit.signed_in)
        return visit

    def _admits(self, visit: Visit) -> bool:
        if isinstance(self.needs, Permission):
            return visit.may(self.needs)
        return self.needs is not SIGNED_IN or visit.signed_in is not None


def guarded(needs: Permission | Door, *, counts_as_use: bool = True) -> Any:
    """The dependency every route names. `counts_as_use`: whether a call keeps an idle session alive."""
    return Depends(Guard(needs, counts_as_use=counts_as_use))


async def current_visit(request: Request) -> Visit:
    """The visit of this request, found once; also for pages that no route answered."""
    known: Visit | None = getattr(request.state, "visit", None)
    if known is None:
        known = await _find_visit(request)
        request.state.visit = known
    return known


def stranger(request: Request) -> Visit:
    """The visit of someone not signed in. Asks nothing of the database, so it also serves when that is down."""
    return Visit(
        request=request,
        database=request.app.state.database,
        settings=request.app.state.settings,
        language=language_of_stranger(request),
        form_token=request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(24),
    )


async def _find_visit(request: Request) -> Visit:
    visit = stranger(request)
    if not visit.session_token:
        return visit
    async with visit.database.reading() as session:
        signed_in = await staff.find_session(session, visit.session_token)
    if signed_in is None:
        return visit
    return Visit(
        request=request,
        database=visit.database,
        settings=visit.settings,
        language=page_language(signed_in.staff.role, signed_in.staff.language),
        form_token=signed_in.csrf_token,
        signed_in=signed_in,
    )


async def _prove(visit: Visit) -> None:
    form = await visit.request.form()
    if not (_comes_from_here(visit) and _token_matches(visit, form)):
        raise Unproven(_("This form is no longer valid. Please go back, load the page again, and send it once more."))


def _token_matches(visit: Visit, form: FormData) -> bool:
    expected = visit.form_token if visit.signed_in else visit.request.cookies.get(FORM_COOKIE, "")
    given = form.get("csrf_token")
    return bool(expected) and isinstance(given, str) and hmac.compare_digest(given.encode(), expected.encode())


def _comes_from_here(visit: Visit) -> bool:
    """Every browser in use sends one of the two headers with a form; a request with neither is not a form of ours."""
    headers = visit.request.headers
    if "sec-fetch-site" in headers:
        return headers["sec-fetch-site"] == "same-origin"
    origin = urlsplit(headers.get("origin", ""))
    ours = urlsplit(visit.settings.public_url)
    return bool(origin.netloc) and (
        (origin.scheme, origin.netloc) == (ours.scheme, ours.netloc) or origin.netloc == headers.get("host")
    )


async def _touch(visit: Visit, signed_in: SignedIn) -> None:
    """Keep the session alive without a write for each page: this process remembers when it last wrote."""
    touched: dict[str, datetime] = visit.request.app.state.touched
    moment = clock.now()
    if moment - touched.get(signed_in.csrf_token, _NEVER) < SEEN_STEP:
        return
    if len(touched) >= MOST_REMEMBERED:
        touched.clear()
    touched[signed_in.csrf_token] = moment
    async with visit.database.transaction() as session:
        await staff.touch(session, visit.session_token)
