"""Templates: one environment a language, every text through the catalogues, every value escaped."""

import hashlib
import re
from datetime import date, datetime
from functools import cache, partial
from html import unescape
from pathlib import Path

from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from access.rules import ROLE_NAMES, Permission
from access.sessions import Step
from cases.helplines import language_name
from foundation.language import Message, _, _p, autonym, direction, locale_of, say, say_day, say_moment
from web.guard import FORM_COOKIE, Visit
from web.history import CONSENT_KIND_NAMES
from web.said_once import SaidOnce
from web.words import WORDS

HERE = Path(__file__).resolve().parent
STATIC_FILES = HERE / "static"
_HEADING = re.compile(r'<h2 id="([\w-]+)">(.*?)</h2>', re.DOTALL)

NAVIGATION: tuple[tuple[Permission, str, Message], ...] = (
    (Permission.CASE_LIST, "/today", _("Today")),
    (Permission.CASE_LIST, "/cases", _("Cases")),
    (Permission.TASK_SETTLE, "/tasks", _("Tasks")),
    (Permission.PLAN_WRITE, "/plan-work", _("Plans")),
    (Permission.DASHBOARD_READ, "/dashboard", _("Dashboard")),
    (Permission.FOLLOW_UP_COMPARE, "/follow-up", _("Follow-up")),
    (Permission.CASE_APPROVE_CLOSING, "/approvals", _("Approvals")),
    (Permission.CASE_TRANSFER, "/transfers", _("Transfers")),
    (Permission.CASE_MERGE, "/duplicates", _("Duplicates")),
    (Permission.RETENTION_READ, "/retention", _("Retention")),
    (Permission.COMPLAINT_READ, "/complaints", _("Complaints")),
    (Permission.BEST_INTERESTS_DECIDE, "/panel", _("Panel")),
    (Permission.RETURN_MONITOR, "/return-monitoring", _("Monitoring of the return")),
    (Permission.REFERRAL_ANSWER, "/partner", _("Referrals to us")),
    (Permission.RELEASE_READ, "/monitoring", _("Monitoring")),
    (Permission.GLASS_REVIEW, "/break-glass", _("Opened in an emergency")),
    (Permission.STAFF_LIST, "/staff", _("Staff")),
    (Permission.REFERRAL_COMPARE, "/referrals/board", _("Do referrals close?")),
    (Permission.AGREEMENT_READ, "/organisations", _("Partners")),
    (Permission.PROGRAMME_READ, "/programmes", _("Programmes")),
    (Permission.OPENING_READ, "/vacancies", _("Jobs and courses")),
    (Permission.DIRECTORY_READ, "/directory", _("Directory")),
    (Permission.RECOMMENDATION_READ, "/recommendation-desk", _("Recommendations")),
)
"""Shown in this order; the first that someone may open is also their home."""
MENUS: tuple[tuple[Message, tuple[str, ...]], ...] = (
    (_p("menu", "To decide"), ("/approvals", "/transfers", "/duplicates", "/break-glass")),
    (
        _p("menu", "Figures"),
        ("/dashboard", "/follow-up", "/referrals/board", "/monitoring", "/programmes", "/recommendation-desk"),
    ),
    (_p("menu", "Organisation"), ("/vacancies", "/directory", "/retention", "/staff", "/organisations")),
)
"""What stands together in a menu of its own, for whoever has more than one of it; everything else stands in the row."""

Entry = tuple[str, Message]
STEP_PAGES: dict[Step | None, str] = {Step.PROVE: "/second-step", Step.ENROL: "/account/second-step"}


def page(visit: Visit, template: str, *, status_code: int = 200, **values: object) -> HTMLResponse:
    answer = HTMLResponse(render(visit, template, **values), status_code)
    if visit.known is None and FORM_COOKIE not in visit.request.cookies:
        secure = not visit.settings.is_local
        answer.set_cookie(FORM_COOKIE, visit.form_token, httponly=True, samesite="strict", secure=secure)
    return answer


def render(visit: Visit, template: str, **values: object) -> str:
    token = Markup('<input type="hidden" name="csrf_token" value="{}">').format(visit.form_token)
    return _environment(visit.language).get_template(template).render(visit=visit, token=token, **values)


def home_of(visit: Visit) -> str:
    """The first page of the navigation that this visitor may open; before that, the step that is asked of them."""
    if visit.step in STEP_PAGES:
        return STEP_PAGES[visit.step]
    return next((path for permission, path, _name in NAVIGATION if visit.may(permission)), "/account")


def menus_of(visit: Visit) -> list[tuple[Message | None, list[Entry]]]:
    """The row of the navigation for this visitor: entries that stand alone under no name, and menus."""
    mine = {path: name for permission, path, name in NAVIGATION if visit.may(permission)}
    row: list[tuple[Message | None, list[Entry]]] = []
    grouped = {path: paths for _name, paths in MENUS for path in paths if sum(each in mine for each in paths) > 1}
    row += [(None, [(path, name)]) for path, name in mine.items() if path not in grouped]
    row += [
        (name, [(path, mine[path]) for path in paths if path in mine])
        for name, paths in MENUS
        if any(path in grouped and path in mine for path in paths)
    ]
    return row


@cache
def _environment(language: str) -> Environment:
    """The templates in one language: what they say whatever they are given is said once, when they are compiled."""
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        extensions=[SaidOnce],
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals.update(
        language=language,
        _=lambda text, **values: say(language, Message(text), **values),
        _p=lambda meaning, text, **values: say(language, Message(text, context=meaning), **values),
        _n=lambda one, many, **values: say(language, Message(one, plural=many), **values),
        words=WORDS,
        role_names=ROLE_NAMES,
        consent_kinds=CONSENT_KIND_NAMES,
        language_name=partial(language_name, language),
        menus_of=menus_of,
        may=Permission,
        autonym=autonym,
        direction=direction,
        static=static_address,
    )
    environment.filters.update(
        headings=_headings,
        say=partial(_said, language),
        date=partial(_day, language),
        moment=partial(say_moment, language),
        quarter=partial(quarter_name, language),
        tag=_language_tag,
    )
    # Made once: importing them in every part of a page costs more than most parts do.
    pieces = environment.get_template("parts.html").module
    environment.globals.update({name: piece for name, piece in vars(pieces).items() if not name.startswith("_")})
    return environment


@cache
def static_address(name: str) -> str:
    """The address of a static file, with the hash of its content: a browser may keep it for ever."""
    digest = hashlib.sha256((STATIC_FILES / name).read_bytes()).hexdigest()
    return f"/static/{name}?v={digest[:12]}"


def _said(language: str, message: Message | str, **values: object) -> str:
    """Say a message of the rules; a plain text is data and passes unchanged."""
    return say(language, message, **values) if isinstance(message, Message) else message


def _day(language: str, day: date) -> str:
    return say_day(language, day.date() if isinstance(day, datetime) else day)


def quarter_name(language: str, first_day: date) -> str:
    return format_date(first_day, "QQQ y", locale=locale_of(language))


def _language_tag(language: str) -> str:
    """A language code as HTML writes it: `fa_AF` is `fa-AF`."""
    return language.replace("_", "-")


def _headings(part: Markup) -> list[tuple[str, str]]:
    """Place and words of each heading in a part of a page. What people typed is escaped there, so it can be none."""
    return [(place, unescape(words)) for place, words in _HEADING.findall(part)]
