"""Templates: one environment, every text through the catalogues, every value escaped."""

import hashlib
import re
from datetime import date, datetime
from functools import cache
from html import unescape
from pathlib import Path

from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from starlette.responses import HTMLResponse

from access.rules import ROLE_NAMES, Permission
from access.sessions import Step
from cases.helplines import language_name
from foundation.language import Message, _, autonym, direction, locale_of, moment_in_words, say
from web.guard import FORM_COOKIE, Visit
from web.history import CONSENT_KIND_NAMES
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
    (Permission.REFERRAL_ANSWER, "/partner", _("Referrals to us")),
    (Permission.RELEASE_READ, "/monitoring", _("Monitoring")),
    (Permission.GLASS_REVIEW, "/break-glass", _("Opened in an emergency")),
    (Permission.STAFF_LIST, "/staff", _("Staff")),
    (Permission.PROGRAMME_READ, "/programmes", _("Programmes")),
)
"""Shown in this order; the first that someone may open is also their home."""
STEP_PAGES: dict[Step | None, str] = {Step.PROVE: "/second-step", Step.ENROL: "/account/second-step"}


def page(visit: Visit, template: str, *, status_code: int = 200, **values: object) -> HTMLResponse:
    answer = HTMLResponse(render(visit, template, **values), status_code)
    if visit.known is None and FORM_COOKIE not in visit.request.cookies:
        secure = not visit.settings.is_local
        answer.set_cookie(FORM_COOKIE, visit.form_token, httponly=True, samesite="strict", secure=secure)
    return answer


def render(visit: Visit, template: str, **values: object) -> str:
    return _environment().get_template(template).render(visit=visit, language=visit.language, **values)


def home_of(visit: Visit) -> str:
    """The first page of the navigation that this visitor may open; before that, the step that is asked of them."""
    if visit.step in STEP_PAGES:
        return STEP_PAGES[visit.step]
    return next((path for permission, path, _name in NAVIGATION if visit.may(permission)), "/account")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        _=_say_text,
        _p=_say_in_context,
        _n=_say_count,
        words=WORDS,
        role_names=ROLE_NAMES,
        consent_kinds=CONSENT_KIND_NAMES,
        language_name=_language_name,
        navigation=NAVIGATION,
        may=Permission,
        autonym=autonym,
        direction=direction,
        static=static_address,
    )
    environment.filters.update(
        headings=_headings, say=_said, date=_day, moment=_moment, quarter=_quarter, tag=_language_tag
    )
    return environment


@cache
def static_address(name: str) -> str:
    """The address of a static file, with the hash of its content: a browser may keep it for ever."""
    digest = hashlib.sha256((STATIC_FILES / name).read_bytes()).hexdigest()
    return f"/static/{name}?v={digest[:12]}"


@pass_context
def _say_text(context: Context, text: str, **values: object) -> str:
    return say(context["language"], Message(text), **values)


@pass_context
def _say_in_context(context: Context, meaning: str, text: str, **values: object) -> str:
    return say(context["language"], Message(text, context=meaning), **values)


@pass_context
def _say_count(context: Context, one: str, many: str, **values: object) -> str:
    return say(context["language"], Message(one, plural=many), **values)


@pass_context
def _said(context: Context, message: Message | str, **values: object) -> str:
    """Say a message of the rules; a plain text is data and passes unchanged."""
    return say(context["language"], message, **values) if isinstance(message, Message) else message


@pass_context
def _day(context: Context, day: date) -> str:
    return format_date(day, "d MMMM y", locale=locale_of(context["language"]))


@pass_context
def _quarter(context: Context, first_day: date) -> str:
    return format_date(first_day, "QQQ y", locale=locale_of(context["language"]))


@pass_context
def _moment(context: Context, moment: datetime) -> str:
    return moment_in_words(context["language"], moment)


@pass_context
def _language_name(context: Context, code: str) -> str:
    return language_name(context["language"], code)


def _language_tag(language: str) -> str:
    """A language code as HTML writes it: `fa_AF` is `fa-AF`."""
    return language.replace("_", "-")


def _headings(part: Markup) -> list[tuple[str, str]]:
    """Place and words of each heading in a part of a page. What people typed is escaped there, so it can be none."""
    return [(place, unescape(words)) for place, words in _HEADING.findall(part)]
