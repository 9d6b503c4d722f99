"""Pages for anyone, without an account: finding a service, complaining, reading an answer.

The service finder sets no cookie and keeps nothing. Its address holds what someone looks for, never who.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Form
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from starlette.responses import HTMLResponse, Response

from cases.complaints import (
    ABOUT_NAMES,
    ACKNOWLEDGE_DAYS,
    ANSWER_DAYS,
    LONGEST,
    STATUS_NAMES,
    read_answer,
    receive_complaint,
    shown_code,
    throttle_sending,
)
from cases.helplines import HelpAbout, help_lines, line_details
from cases.rules import COUNTRY_NAMES, ComplaintAbout
from foundation import clock
from foundation.errors import Invalid, NotAllowed, NotFound, Refusal
from foundation.language import _
from referrals.describing import country_of, describe
from referrals.finding import Found, Wish, find_services, languages_in, public_service, town_of, towns_of
from referrals.rules import SERVICE_KIND_NAMES, ServiceKind
from referrals.telling import area_name, areas_of, lines
from web.forms import Line, Posted
from web.guard import NOTHING_HERE, PUBLIC, Visit, guarded
from web.languages import page_languages
from web.rendering import page, render

router = APIRouter(include_in_schema=False)

COUNTRIES = {code: name for code, name in COUNTRY_NAMES.items() if code != "other"}
PER_PAGE = 10


def _writable(text: str) -> str:
    if "\0" in text:
        raise ValueError("a text cannot hold the character NUL")
    return text


Complaint = Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST), AfterValidator(_writable)]


class Search(BaseModel):
    """What may stand in the address of the finder: codes, a page number, and words about the service."""

    model_config = ConfigDict(extra="ignore")

    lang: str = Field("", max_length=12)
    country: str = Field("", max_length=2)
    area: str = Field("", max_length=45)
    near: str = Field("", max_length=40)
    kind: ServiceKind | None = None
    words: Annotated[str, StringConstraints(strip_whitespace=True, max_length=60), AfterValidator(_writable)] = ""
    speaks: str = Field("", max_length=12)
    """The code of a language."""
    mine: bool = False
    open: bool = False
    free: bool = False
    page: int = Field(1, ge=1, le=1000)

    def address(self, **changes: object) -> str:
        """The finder with something changed; whatever is chosen otherwise begins at the first page again."""
        chosen = self.model_copy(update={"page": 1, **changes}).model_dump(mode="json", exclude_defaults=True)
        return f"/services?{urlencode(chosen)}"

    @property
    def here(self) -> str:
        """What was chosen, to come back to it."""
        return urlencode(self.model_dump(mode="json", exclude_defaults=True))


class ComplaintForm(Posted):
    about: ComplaintAbout
    country: str = Field("", max_length=5)
    text: Complaint = ""
    contact: Line = ""
    lang: str = Field("", max_length=12)


class CodeForm(Posted):
    code: Line = ""
    lang: str = Field("", max_length=12)


@router.get("/services")
async def find(visit: Annotated[Visit, guarded(PUBLIC)]) -> Response:
    search = _search(visit)
    visit = in_language(visit, search.lang)
    found, tongues = await _found(visit, search) if search.country else ([], [])
    pages = max(1, -(-len(found) // PER_PAGE))
    number = min(search.page, pages)
    first = (number - 1) * PER_PAGE
    body = render(
        visit,
        "public_services.html",
        search=search,
        page=number,
        pages=pages,
        total=len(found),
        found=[(each, lines(visit.language, each)) for each in found[first : first + PER_PAGE]],
        countries=COUNTRIES,
        areas={code: area_name(visit.language, search.country, code) for code in areas_of(search.country)},
        towns=towns_of(search.country),
        kinds=SERVICE_KIND_NAMES,
        tongues=tongues,
        languages=language_links(visit, lambda code: search.address(lang=code, page=search.page)),
        urgent=_urgent(visit, search.country),
    )
    return HTMLResponse(body)


@router.get("/services/{service_id}")
async def show_service(visit: Annotated[Visit, guarded(PUBLIC)], service_id: UUID) -> Response:
    """What is for staff only, or not offered now, is a missing page."""
    search = _search(visit)
    visit = in_language(visit, search.lang)
    async with visit.database.reading() as session:
        service = await public_service(session, service_id)
    body = render(
        visit,
        "public_service.html",
        told=describe(service, visit.language, clock.now()),
        kind=SERVICE_KIND_NAMES[service.kind],
        back=search.address(lang=visit.language, page=search.page),
        languages=language_links(
            visit, lambda code: f"/services/{service_id}?{search.model_copy(update={'lang': code}).here}"
        ),
        urgent=_urgent(visit, country_of(service)),
    )
    return HTMLResponse(body)


def _search(visit: Visit) -> Search:
    """A form sends its empty choices too; they mean all."""
    try:
        return Search.model_validate({name: text for name, text in visit.request.query_params.items() if text})
    except ValidationError:
        raise NotFound(NOTHING_HERE) from None


@router.get("/complain")
async def complain(visit: Annotated[Visit, guarded(PUBLIC)]) -> Response:
    return _complaint_page(in_language(visit, visit.request.query_params.get("lang", "")))


@router.post("/complain")
async def send_complaint(visit: Annotated[Visit, guarded(PUBLIC)], form: Annotated[ComplaintForm, Form()]) -> Response:
    """Answered in place: the receipt code must stand in no address. Of the sender nothing is kept with it."""
    visit = in_language(visit, form.lang)
    country = form.country if form.country in COUNTRY_NAMES else None
    try:
        async with visit.database.transaction() as session:
            await throttle_sending(session, _address_of(visit))
            receipt = await receive_complaint(
                session,
                form.text,
                about=form.about,
                language=visit.language,
                country=country,
                contact=form.contact,
            )
    except (Invalid, NotAllowed) as refusal:
        return _complaint_page(visit, refusal, form.model_dump(exclude={"csrf_token"}))
    outside = HelpAbout.DATA if form.about is ComplaintAbout.DATA else HelpAbout.OVERSIGHT
    return page(
        visit,
        "public_receipt.html",
        code=shown_code(receipt.code),
        receipt=receipt,
        outside=_lines(visit, country, outside),
        languages=[],
    )


@router.post("/complain/answer")
async def open_answer(visit: Annotated[Visit, guarded(PUBLIC)], form: Annotated[CodeForm, Form()]) -> Response:
    """A wrong code is counted and committed, like a wrong password."""
    visit = in_language(visit, form.lang)
    try:
        async with visit.database.transaction() as session:
            told = await read_answer(session, form.code, asker=_address_of(visit))
    except NotAllowed as refusal:
        return _complaint_page(visit, refusal)
    if told is None:
        return _complaint_page(visit, Invalid(_("We do not know this code. Please look again and enter it once more.")))
    return page(
        visit, "public_answer.html", told=told, about_names=ABOUT_NAMES, status_names=STATUS_NAMES, languages=[]
    )


def in_language(visit: Visit, code: str) -> Visit:
    """The same visit in the language that the address names, if there is such a one."""
    known = code.replace("-", "_")
    return replace(visit, language=known) if known in page_languages(None) else visit


def language_links(visit: Visit, address: Any) -> list[tuple[str, str]]:
    """Each language but the one being read, with the address of this page in it."""
    return [(code, address(code)) for code in page_languages(None) if code != visit.language]


def _complaint_page(visit: Visit, refusal: Refusal | None = None, typed: Mapping[str, Any] | None = None) -> Response:
    status = 200 if refusal is None else 429 if isinstance(refusal, NotAllowed) else 422
    return page(
        visit,
        "public_complain.html",
        status_code=status,
        refusal=refusal and refusal.message,
        typed={"about": None, "country": "", "text": "", "contact": "", **(typed or {})},
        about_names=ABOUT_NAMES,
        countries=COUNTRY_NAMES,
        read_days=ACKNOWLEDGE_DAYS,
        answer_days=ANSWER_DAYS,
        longest=LONGEST,
        urgent=_urgent(visit, ""),
        languages=language_links(visit, lambda code: f"/complain?{urlencode({'lang': code})}"),
    )


async def _found(visit: Visit, search: Search) -> tuple[list[Found], list[str]]:
    """Services, and the languages that can be asked for."""
    if search.country not in COUNTRIES or (search.area and search.area not in areas_of(search.country)):
        raise NotFound(NOTHING_HERE)
    town = town_of(search.country, search.near) if search.near else None
    wish = Wish(
        country=search.country,
        kind=search.kind,
        area=search.area or None,
        position=town.position if town else None,
        language=search.speaks or visit.language,
        only_language=search.mine or bool(search.speaks),
        only_open=search.open,
        only_free=search.free,
        words=search.words,
    )
    async with visit.database.reading() as session:
        return await find_services(session, wish), await languages_in(session, search.country)


def _urgent(visit: Visit, country: str) -> list[tuple[Any, str]]:
    return _lines(visit, country or None, HelpAbout.EMERGENCY)


def _lines(visit: Visit, country: str | None, about: HelpAbout) -> list[tuple[Any, str]]:
    """Help lines with their details in the reader's words."""
    return [(line, line_details(visit.language, line)) for line in help_lines(country, about)]


def _address_of(visit: Visit) -> str:
    return visit.request.client.host if visit.request.client else "unknown"
