"""The languages of the pages: which are offered, and which one a visitor who is not signed in gets."""

from functools import cache

from babel import negotiate_locale
from fastapi import Request

from access.rules import Role
from foundation.language import SOURCE_LANGUAGE, complete_languages

LANGUAGE_COOKIE = "homeward_language"


@cache
def console_languages() -> tuple[str, ...]:
    """Languages in which nothing is missing, neither of the staff's words nor of those both sides share."""
    shared = complete_languages("person")
    return tuple(code for code in complete_languages("console") if code in shared)


def page_languages(role: Role | None) -> tuple[str, ...]:
    """The languages of the pages that this role sees; None: a visitor. Partners read in any language of the people."""
    return complete_languages("person") if role in (None, Role.PARTNER) else console_languages()


def page_language(role: Role, chosen: str) -> str:
    """The language chosen by someone of this role, or English where its pages are not complete in it."""
    return chosen if chosen in page_languages(role) else SOURCE_LANGUAGE


def language_of_stranger(request: Request) -> str:
    """What the visitor chose before, else what their browser asks for, else English."""
    chosen, known = request.cookies.get(LANGUAGE_COOKIE), page_languages(None)
    if chosen in known:
        return str(chosen)
    return negotiate_locale(_asked_for(request), known, sep="_") or SOURCE_LANGUAGE


def _asked_for(request: Request) -> list[str]:
    header = request.headers.get("accept-language", "")[:200]
    codes = [entry.partition(";")[0].strip().replace("-", "_") for entry in header.split(",")]
    return [code for code in codes if code.replace("_", "").isalnum()]
