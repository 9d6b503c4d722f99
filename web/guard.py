"""Who is at the door: the session behind the cookie, the permission each route names, and proof that a form is ours.

On the API a token takes the place of the cookie. A cookie only reads there: no page of another site can make a browser
change anything.

Strangers, and roles without the permission, get the same answer as for a page that does not exist. So does whoever gave
the right password and not yet the second factor: to every route but the few of that step they are a stranger.
"""

import hmac
import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import FormData
from starlette.responses import Response

from access import sessions, tokens
from access.actor import Actor
from access.rules import DATABASE_ROLES, Permission
from access.sessions import SEEN_STEP, SignedIn, Step
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
API = "/api/"
BEARER = "bearer"

NOTHING_HERE: Message = _("This page does not exist, or you may not see it.")


class Door(StrEnum):
    """What a route may name instead of a permission."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    KNOWN = "known"
    """Whoever gave the right password, however far they have come."""
    PROVING = "proving"
    """Whoever has yet to show the second factor."""
    ENROLLING = "enrolling"
    """Whoever may set up a second factor: everyone signed in, and those who must before they get further."""
    MACHINE = "machine"
    """For programs: no cookie is read and no account looked up, so a form of another site could use nobody's rights."""


PUBLIC, SIGNED_IN, MACHINE = Door.PUBLIC, Door.SIGNED_IN, Door.MACHINE
KNOWN, PROVING, ENROLLING = Door.KNOWN, Door.PROVING, Door.ENROLLING
OPEN_TO: dict[Door, frozenset[Step | None]] = {
    PUBLIC: frozenset([*Step, None]),
    MACHINE: frozenset([None]),
    SIGNED_IN: frozenset([Step.IN]),
    KNOWN: frozenset(Step),
    PROVING: frozenset([Step.PROVE]),
    ENROLLING: frozenset([Step.ENROL, Step.IN]),
}
"""Who goes through a door, by how far they have come; None: a stranger."""


class Unproven(Refusal):
    """A form came from another site, or from a page of an earlier session."""


class BadToken(Refusal):
    """A program showed a token that opens nothing."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One request as the pages need it: who asks, in which language, and the way to the database."""

    request: Request
    database: Database
    settings: Settings
    language: str
    form_token: str
    known: SignedIn | None = None
    """Whose password was right. Enough for the second step, and for nothing else: see `signed_in`."""
    bearer: str = ""
    """The token of a program that acts for `known`."""

    @property
    def step(self) -> Step | None:
        return None if self.known is None else step_of(self.known, self.settings)

    @property
    def signed_in(self) -> SignedIn | None:
        """Who is at the door, once they have passed every step that is asked of them."""
        return self.known if self.step is Step.IN else None

    @property
    def account(self) -> SignedIn:
        """The session of whoever is known, on the pages about their own account."""
        if self.known is None:
            raise NotFound(NOTHING_HERE)
        return self.known

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
        signed_in = self.signed_in
        return signed_in is not None and signed_in.actor.may(permission)


class Guard:
    """The check that stands before a route. Refuses with NotFound, so that missing and forbidden look alike."""

    def __init__(self, needs: Permission | Door, *, counts_as_use: bool) -> None:
        self.needs = needs
        self.counts_as_use = counts_as_use

    async def __call__(self, request: Request) -> Visit:
        visit = stranger(request) if self.needs is MACHINE else await current_visit(request)
        if not self._admits(visit):
            raise NotFound(NOTHING_HERE)
        if request.method not in SAFE_METHODS and self.needs is not MACHINE and not visit.bearer:
            await _prove(visit)
        if visit.signed_in is not None and self.counts_as_use:
            await _touch(visit, visit.signed_in)
        return self._confined(visit)

    def _confined(self, visit: Visit) -> Visit:
        """Whom the database itself confines gets so where they only read; pages of one's own account name a door."""
        if visit.request.method not in SAFE_METHODS or not isinstance(self.needs, Permission):
            return visit
        who = visit.actor.role
        if who not in DATABASE_ROLES:
            return visit
        return replace(visit, database=visit.database.confined(DATABASE_ROLES[who]))

    def _admits(self, visit: Visit) -> bool:
        return visit.may(self.needs) if isinstance(self.needs, Permission) else visit.step in OPEN_TO[self.needs]


def guarded(needs: Permission | Door, *, counts_as_use: bool = True) -> Any:
    """The dependency every route names. `counts_as_use`: whether a call keeps an idle session alive."""
    return Depends(Guard(needs, counts_as_use=counts_as_use))


def keep_session(answer: Response, visit: Visit, token: str) -> None:
    """Put the session's token into the browser."""
    answer.set_cookie(SESSION_COOKIE, token, httponly=True, samesite="lax", secure=not visit.settings.is_local)


def address_of(request: Request) -> str:
    """The network address that a request comes from. For counting only: it is never kept in clear."""
    return request.client.host if request.client else "unknown"


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
    if is_api(request):
        if "authorization" in request.headers:
            return await _find_program(visit)
        if request.method not in SAFE_METHODS:
            return visit
    if not visit.session_token:
        return visit
    async with visit.database.reading() as session:
        known = await sessions.find_session(session, visit.session_token)
    if known is None:
        return visit
    is_in = step_of(known, visit.settings) is Step.IN
    language = page_language(known.staff.role, known.staff.language) if is_in else visit.language
    return replace(visit, language=language, form_token=known.csrf_token, known=known)


async def _find_program(visit: Visit) -> Visit:
    """Raises BadToken for one that opens nothing: about the token that says nothing of what was asked for."""
    scheme, _space, token = visit.request.headers["authorization"].partition(" ")
    async with visit.database.reading() as session:
        known = await tokens.find_token(session, token.strip()) if scheme.casefold() == BEARER else None
    if known is None:
        raise BadToken(_("This token is not known, has ended or was revoked."))
    language = page_language(known.staff.role, known.staff.language)
    return replace(visit, language=language, known=known, bearer=token.strip())


def is_api(request: Request) -> bool:
    return request.url.path.startswith(API)


def step_of(known: SignedIn, settings: Settings) -> Step:
    return known.step(required=settings.second_factor == "required")


async def still_signed_in(session: AsyncSession, visit: Visit) -> SignedIn | None:
    """Who is signed in now, asked anew: for an answer that goes on, or that changed the session itself."""
    if visit.bearer:
        known = await tokens.find_token(session, visit.bearer)
    else:
        known = await sessions.find_session(session, visit.session_token)
    return known if known is not None and step_of(known, visit.settings) is Step.IN else None


async def _prove(visit: Visit) -> None:
    form = await visit.request.form()
    if not (_comes_from_here(visit) and _token_matches(visit, form)):
        raise Unproven(_("This form is no longer valid. Please go back, load the page again, and send it once more."))


def _token_matches(visit: Visit, form: FormData) -> bool:
    expected = visit.form_token if visit.known else visit.request.cookies.get(FORM_COOKIE, "")
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
    """Keep the session alive, or note a token's use, without a write for each page: it is remembered when it was."""
    touched: dict[str, datetime] = visit.request.app.state.touched
    moment, used = clock.now(), str(signed_in.session_id)
    if moment - touched.get(used, clock.NEVER) < SEEN_STEP:
        return
    if len(touched) >= MOST_REMEMBERED:
        touched.clear()
    touched[used] = moment
    async with visit.database.transaction() as session:
        if visit.bearer:
            await tokens.touch(session, signed_in.session_id)
        else:
            await sessions.touch(session, visit.session_token)
