"""Every route for every role: one table says who gets through; everyone else meets a page that does not exist."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest
from api_client import token_of
from determination_scene import REPORT
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from permission_rules import (
    ADMINISTRATOR,
    ANSWERERS,
    CASEWORK,
    CHILD_PROTECTION,
    DIRECTORY_READERS,
    EVERYONE,
    MONITOR,
    NOBODY,
    OFFICER,
    OPENING_READERS,
    OPENING_WRITERS,
    PANEL,
    PARTNER,
    PROTECTION,
    READERS,
    RECOMMENDATION_READERS,
    RECOMMENDERS,
    REGISTRARS,
    STAFF,
    STRANGER,
    SUPERVISOR,
    TRANSFERRERS,
    Rule,
    Who,
)
from permission_rules_case_api import CASE_API_RULES, COURSE, VACANCY
from permission_rules_safeguards_api import SAFEGUARDS_API_RULES
from permission_scene import Scene
from recommendation_scene import MINE, ways_to_recommendations
from sqlalchemy import select
from starlette.routing import Mount
from web_browser import Browser, Browsers

from access.rules import Role
from cases.models import Case, Flag
from cases.rules import FlagKind
from foundation import clock
from foundation.database import Database
from web.api.routing import VERSION
from web.app import end_streams


@dataclass(frozen=True)
class Visitor:
    """One who asks: at the pages with a browser, at the API with a token."""

    browser: Browser
    program: httpx.AsyncClient
    form_token: str
    bearer: str


ON_DESK = "/recommendation-desk/{recommendation_id}"
ACTIVITY = {"kind": "cash", "what": "A loom", "due_on": "2027-01-01", "responsible": "{colleague}"}
RULES: dict[str, Rule] = {
    "GET /account": Rule(STAFF),
    "POST /account/password": Rule(STAFF, 422, {"current": "not it", "new": "another horse battery"}),
    "GET /account/second-step": Rule(STAFF),
    "POST /account/second-step/confirm": Rule(STAFF, 422, {"current": "not it"}),
    "POST /account/second-step/app": Rule(STAFF),
    "POST /account/second-step/app/code": Rule(STAFF, 422, {"code": "12345"}),
    "POST /account/second-step/app/remove": Rule(STAFF, 404),
    "POST /account/second-step/passkeys/options": Rule(STAFF),
    "POST /account/second-step/passkeys": Rule(STAFF, 422, {"name": "Laptop", "credential": "none"}),
    "POST /account/second-step/passkeys/{passkey_id}/remove": Rule(STAFF, 404),
    "POST /account/second-step/recovery": Rule(STAFF, 409),
    "GET /account/tokens": Rule(STAFF),
    "POST /account/tokens": Rule(STAFF, 422, {"name": "The registry", "current": "not it"}),
    "POST /account/tokens/{token_id}/revoke": Rule(STAFF, 303),
    "POST /account/sessions/{session_id}/end": Rule(STAFF, 303),
    "POST /account/sessions/end-others": Rule(STAFF, 303),
    "GET /second-step": Rule(NOBODY),
    "POST /second-step": Rule(NOBODY, 401, {"code": "12345"}),
    "POST /second-step/passkey/options": Rule(NOBODY),
    "POST /second-step/passkey": Rule(NOBODY, 401, {"credential": "none"}),
    "POST /language": Rule(EVERYONE, 303, {"language": "en", "back": "/"}),
    "GET /cases": Rule(CASEWORK),
    "POST /cases": Rule(CASEWORK, 200, {"words": "Zebulon"}),
    "POST /cases/filters": Rule(CASEWORK, 303, {"name": "Afraid", "codes": "flag=fear_of_return"}),
    "POST /cases/filters/{filter_id}/remove": Rule(CASEWORK, 303),
    "GET /today": Rule(CASEWORK),
    "GET /dashboard": Rule(frozenset([Role.SUPERVISOR])),
    "GET /cases/{number}": Rule(CASEWORK),
    "GET /cases/{number}/messages/stream": Rule(CASEWORK),
    "GET /cases/{number}/messages": Rule(CASEWORK),
    "GET /cases/{number}/files/{file_id}": Rule(CASEWORK),
    "POST /cases/{number}/messages/no-answer": Rule(CASEWORK, 303),
    "POST /cases/{number}/messages/{message_id}/again": Rule(CASEWORK, 303),
    "POST /cases/{number}/calls/{call_id}": Rule(CASEWORK, 303, {"outcome": "spoken"}),
    "POST /cases/{number}/messages": Rule(CASEWORK, 303, {"text": "Come on Monday."}),
    "POST /cases/{number}/attended": Rule(CASEWORK, 303),
    "POST /cases/{number}/flags/{flag_id}": Rule(CASEWORK, 303, {"outcome": "resolved", "note": "A bed was found."}),
    "POST /cases/{number}/needs/{need_id}": Rule(CASEWORK, 303, {"status": "met"}),
    "GET /cases/{number}/risk": Rule(CASEWORK),
    "POST /cases/{number}/risk": Rule(CASEWORK, 303, {"level": "medium", "reason": "Alone with two children."}),
    "GET /cases/{number}/assessments/{sheet_id}": Rule(CASEWORK),
    "GET /codes": Rule(CASEWORK),
    "POST /codes": Rule(CASEWORK, 200, {"words": "tailor"}),
    "POST /cases/{number}/owner": Rule(CASEWORK, 303, {"owner": "{colleague}"}),
    "POST /cases/{number}/phase": Rule(CASEWORK, 303, {"phase": "planning"}),
    "POST /cases/{number}/form-requests": Rule(CASEWORK, 303, {"sheet": "arrival"}),
    "POST /cases/{number}/form-requests/{request_id}/withdraw": Rule(CASEWORK, 303),
    "POST /cases/{number}/forms": Rule(CASEWORK, 303, {"sheet": "needs"}),
    "POST /cases/{number}/forms/corrections": Rule(CASEWORK, 303, {"sheet": "arrival"}),
    "GET /cases/{number}/forms/{submission_id}": Rule(CASEWORK),
    "POST /cases/{number}/forms/{submission_id}": Rule(CASEWORK, 303, {"go": "pause"}),
    "GET /cases/{number}/forms/{submission_id}/review": Rule(CASEWORK),
    "GET /cases/{number}/forms/{submission_id}/media/{picture}": Rule(CASEWORK),
    "POST /cases/{number}/forms/{submission_id}/submit": Rule(CASEWORK, 409),
    "POST /cases/{number}/forms/{submission_id}/drop": Rule(CASEWORK, 303),
    "GET /cases/{number}/safety": Rule(CASEWORK),
    "POST /cases/{number}/guardian": Rule(CHILD_PROTECTION, 409, {"evidence": "Met her."}),
    "POST /cases/{number}/guardian/longer": Rule(CHILD_PROTECTION, 409),
    "GET /cases/{number}/best-interests": Rule(CASEWORK),
    "POST /cases/{number}/best-interests": Rule(
        CHILD_PROTECTION, 303, {"about": "{about}", "trigger": "durable_solution"}
    ),
    "GET /cases/{number}/best-interests/{determination_id}": Rule(CASEWORK),
    "POST /cases/{number}/best-interests/{determination_id}/report": Rule(CHILD_PROTECTION, 303, REPORT),
    "POST /cases/{number}/best-interests/{determination_id}/members": Rule(
        CHILD_PROTECTION, 303, {"member": "{spare}", "body": "justice"}
    ),
    "POST /cases/{number}/best-interests/{determination_id}/members/{member_id}/unseat": Rule(CHILD_PROTECTION, 303),
    "POST /cases/{number}/best-interests/{determination_id}/informed": Rule(
        CHILD_PROTECTION, 409, {"on_day": "2026-01-01", "understood": "yes"}
    ),
    "POST /cases/{number}/phone/code": Rule(CASEWORK, 409),
    "POST /cases/{number}/phone/pin": Rule(CASEWORK, 409, {"checked": "yes"}),
    "GET /cases/{number}/safeguards": Rule(CASEWORK),
    "GET /cases/{number}/return": Rule(CASEWORK),
    "POST /cases/{number}/people": Rule(CASEWORK, 303, {"relation": "child", "age": "child", "called": "Awa"}),
    "POST /cases/{number}/people/{person_id}/travels": Rule(CASEWORK, 303, {"travels": "yes"}),
    "GET /cases/{number}/people/{person_id}/records/{kind}": Rule(CASEWORK),
    "POST /cases/{number}/people/{person_id}/records/{kind}": Rule(
        CASEWORK, 303, {"danger": "no", "reasons": "We looked.", "made_on": "2026-01-01"}
    ),
    "POST /cases/{number}/concerns": Rule(CASEWORK, 303, {"kind": "torture"}),
    "POST /cases/{number}/overrides": Rule(
        frozenset([Role.CHILD_PROTECTION_LEAD]), 303, {"rule": "C03", "about": "{person_id}", "reason": "Her aunt."}
    ),
    "POST /cases/{number}/overrides/{override_id}/confirm": Rule(frozenset([Role.SUPERVISOR]), 303),
    "POST /cases/{number}/people/{person_id}/remove": Rule(CASEWORK, 303),
    "POST /cases/{number}/return": Rule(CASEWORK, 409, {"return_type": "unknown"}),
    "GET /return-monitoring": Rule(frozenset([Role.RETURN_MONITOR])),
    "POST /return-monitoring": Rule(frozenset([Role.RETURN_MONITOR]), 422),
    "POST /cases/{number}/return/step": Rule(CASEWORK, 409, {"step": "assessed"}),
    "POST /cases/{number}/return/departure": Rule(CASEWORK, 409, {"day": "2026-01-01"}),
    "POST /cases/{number}/return/arrival": Rule(CASEWORK, 409, {"day": "2026-01-01"}),
    "POST /cases/{number}/return/completion": Rule(CASEWORK, 409),
    "POST /cases/{number}/return/legs": Rule(
        CASEWORK, 303, {"mode": "land", "on_date": "2026-01-01", "start": "Tunis", "end": "Dakar"}
    ),
    "POST /cases/{number}/return/legs/{leg_id}/remove": Rule(CASEWORK, 303),
    "POST /cases/{number}/return/consent": Rule(
        CASEWORK, 303, {"agrees": "yes", "text": "I want to.", "evidence": "Signed."}
    ),
    "POST /cases/{number}/return/consent/request": Rule(CASEWORK, 409),
    "POST /cases/{number}/return/consent/withdrawal": Rule(CASEWORK, 303),
    "POST /cases/{number}/return/halt": Rule(CASEWORK, 303, {"reason": "other"}),
    "POST /cases/{number}/notes": Rule(CASEWORK, 303, {"note": "Came by."}),
    "POST /cases/{number}/notes/{note_id}/correction": Rule(CASEWORK, 303, {"note": "Called."}),
    "GET /cases/{number}/closing": Rule(CASEWORK),
    "POST /cases/{number}/closing": Rule(CASEWORK, 422, {"reason": "remigrated", "note": ""}),
    "POST /cases/{number}/closing/decision": Rule(SUPERVISOR, 409, {"decision": "approve"}),
    "POST /cases/{number}/closing/withdraw": Rule(CASEWORK, 409),
    "POST /cases/{number}/reopen": Rule(CASEWORK, 409, {"reason": "mistake", "note": "Oh."}),
    "GET /cases/{number}/transfer": Rule(TRANSFERRERS),
    "POST /cases/{number}/transfer/team": Rule(TRANSFERRERS, 422, {"team": "nowhere"}),
    "POST /cases/{number}/transfer/organisation": Rule(TRANSFERRERS, 422, {"organisation": "{service}"}),
    "POST /cases/{number}/transfer/revoke": Rule(TRANSFERRERS, 409),
    "POST /cases/{number}/separate": Rule(SUPERVISOR, 409),
    "GET /openings": Rule(CASEWORK),
    "GET /cases/{number}/openings": Rule(CASEWORK),
    "POST /cases/{number}/openings/match": Rule(CASEWORK, 303),
    "POST /cases/{number}/openings/outcome": Rule(
        CASEWORK, 303, {"kind": "{opening_kind}", "opening": "{opening_id}", "outcome": "interested"}
    ),
    "POST /cases/{number}/occupations": Rule(CASEWORK, 303, {"occupation": "7112"}),
    "GET /vacancies": Rule(OPENING_READERS),
    "GET /vacancies/new": Rule(OPENING_WRITERS),
    "POST /vacancies": Rule(OPENING_WRITERS, 422, {"title": "Bricklayer"}),
    "GET /vacancies/{vacancy_id}": Rule(OPENING_READERS),
    "GET /vacancies/{vacancy_id}/edit": Rule(OPENING_WRITERS),
    "POST /vacancies/{vacancy_id}": Rule(OPENING_WRITERS, 303, VACANCY),
    "POST /vacancies/{vacancy_id}/vetting": Rule(REGISTRARS, 303, {"until": "2099-01-01"}),
    "POST /vacancies/{vacancy_id}/close": Rule(OPENING_WRITERS, 303),
    "GET /courses": Rule(OPENING_READERS),
    "GET /courses/new": Rule(OPENING_WRITERS),
    "POST /courses": Rule(OPENING_WRITERS, 422, {"title": "Masonry"}),
    "GET /courses/{course_id}": Rule(OPENING_READERS),
    "GET /courses/{course_id}/edit": Rule(OPENING_WRITERS),
    "POST /courses/{course_id}": Rule(OPENING_WRITERS, 303, COURSE),
    "GET /courses/{course_id}/people": Rule(CASEWORK),
    "POST /courses/{course_id}/people": Rule(CASEWORK, 422, {"fields": "called"}),
    "POST /courses/{course_id}/close": Rule(OPENING_WRITERS, 303),
    "GET /cases/{number}/referrals/new": Rule(CASEWORK),
    "POST /cases/{number}/referrals/new": Rule(CASEWORK, 200, {"need": "shelter"}),
    "POST /cases/{number}/referrals": Rule(
        CASEWORK, 303, {"need": "shelter", "services": "{service}", "fields": "called"}
    ),
    "GET /cases/{number}/referrals/{referral_id}": Rule(CASEWORK),
    "POST /cases/{number}/referrals/{referral_id}/reopen": Rule(CASEWORK, 409, {"note": "Once more"}),
    "POST /cases/{number}/referrals/{referral_id}/settle": Rule(
        SUPERVISOR, 409, {"settlement": "received", "reason": "Asked both"}
    ),
    "POST /cases/{number}/referrals/{referral_id}/link": Rule(CASEWORK, 409),
    "POST /cases/{number}/referrals/{referral_id}/revoke": Rule(CASEWORK, 303),
    "POST /cases/{number}/offers/{offer_id}/take-back": Rule(CASEWORK, 303),
    "GET /cases/{number}/applications": Rule(CASEWORK),
    "POST /cases/{number}/applications": Rule(
        CASEWORK, 303, {"kind": "portability", "institution": "The fund", "country": "IT"}
    ),
    "GET /cases/{number}/applications/{application_id}": Rule(CASEWORK),
    "POST /cases/{number}/applications/{application_id}": Rule(
        CASEWORK, 303, {"institution": "The fund", "country": "IT"}
    ),
    "POST /cases/{number}/applications/{application_id}/documents": Rule(
        CASEWORK, 303, {"code": "identity", "standing": "have"}
    ),
    "POST /cases/{number}/applications/{application_id}/authorisation": Rule(
        CASEWORK, 303, {"on_day": "2026-01-01", "how": "signed", "covers": "Everything."}
    ),
    "POST /cases/{number}/applications/{application_id}/authorisation/end": Rule(
        CASEWORK, 303, {"on_day": "2026-01-01"}
    ),
    "POST /cases/{number}/applications/{application_id}/entries": Rule(
        CASEWORK, 409, {"what": "submitted", "on_day": "2026-01-01"}
    ),
    "POST /cases/{number}/applications/{application_id}/periods": Rule(
        CASEWORK, 303, {"starts_on": "2020-01-01", "employer": "A farm", "place": "Foggia"}
    ),
    "POST /cases/{number}/applications/{application_id}/periods/{period_id}/remove": Rule(CASEWORK, 303),
    "GET /cases/{number}/business-plan": Rule(CASEWORK),
    "POST /cases/{number}/business-plan": Rule(
        CASEWORK, 303, {"what": "A loom", "where": "Brikama", "currency": "GMD", "income_1": "10"}
    ),
    "POST /cases/{number}/coaching-visits": Rule(CASEWORK, 303, {"held_on": "2026-01-01", "agreed": "To keep books."}),
    "POST /cases/{number}/follow-ups/{follow_up_id}/phone": Rule(CASEWORK, 303),
    "POST /cases/{number}/follow-ups/{follow_up_id}/refused": Rule(CASEWORK, 303),
    "POST /cases/{number}/follow-ups/{follow_up_id}/close": Rule(CASEWORK, 409, {"reason": "not_wanted"}),
    "POST /cases/{number}/tasks/{task_id}": Rule(CASEWORK, 303),
    "GET /cases/{number}/plan": Rule(CASEWORK),
    "GET /cases/{number}/plan/versions/{version}": Rule(CASEWORK),
    "POST /cases/{number}/plan/begin": Rule(CASEWORK, 409),
    "POST /cases/{number}/plan": Rule(CASEWORK, 303, {"goals": "A shop.", "review_on": "2027-01-01"}),
    "GET /cases/{number}/plan/activities": Rule(CASEWORK),
    "POST /cases/{number}/plan/activities": Rule(CASEWORK, 303, ACTIVITY),
    "GET /cases/{number}/plan/activities/{activity_id}": Rule(CASEWORK),
    "POST /cases/{number}/plan/activities/{activity_id}": Rule(CASEWORK, 303, ACTIVITY),
    "POST /cases/{number}/plan/activities/{activity_id}/progress": Rule(CASEWORK, 409, {"status": "ongoing"}),
    "POST /cases/{number}/plan/activities/{activity_id}/remove": Rule(CASEWORK, 303),
    "POST /cases/{number}/plan/agreement": Rule(CASEWORK, 303, {"language": "mnk", "agreed_on": "2026-01-01"}),
    "POST /cases/{number}/plan/submit": Rule(CASEWORK, 303),
    "POST /cases/{number}/plan/discard": Rule(CASEWORK, 409),
    "POST /cases/{number}/plan/approve": Rule(SUPERVISOR, 409, {"seen": "1"}),
    "POST /cases/{number}/plan/return": Rule(SUPERVISOR, 303, {"reason": "Who pays?"}),
    "POST /cases/{number}/plan/activate": Rule(CASEWORK, 409),
    "POST /cases/{number}/plan/complete": Rule(CASEWORK, 409),
    "POST /cases/{number}/plan/revise": Rule(CASEWORK, 409),
    "GET /plan-work": Rule(CASEWORK),
    "GET /programmes": Rule(REGISTRARS | {Role.MONITOR}),
    "POST /programmes": Rule(REGISTRARS, 422, {"code": "ANOTHER", "name": "Another"}),
    "GET /programmes/{code}": Rule(REGISTRARS | {Role.MONITOR}),
    "GET /programmes/{code}/versions/{version}": Rule(REGISTRARS | {Role.MONITOR}),
    "GET /programmes/{code}/edit": Rule(REGISTRARS),
    "POST /programmes/{code}": Rule(
        REGISTRARS, 303, {"seen": "1", "name": "A start", "organisation": "{organisation}"}
    ),
    "POST /programmes/{code}/lines": Rule(
        REGISTRARS, 303, {"line": "TOOLS", "name": "Tools", "amount": "5", "currency": "EUR"}
    ),
    "POST /programmes/{code}/lines/{line_id}": Rule(REGISTRARS, 303, {"amount": "6", "currency": "EUR"}),
    "GET /tasks": Rule(CASEWORK),
    "POST /tasks/{task_id}": Rule(CASEWORK, 303),
    "GET /approvals": Rule(SUPERVISOR),
    "GET /transfers": Rule(TRANSFERRERS),
    "POST /transfers/{transfer_id}/decline": Rule(SUPERVISOR, 303, {"reason": "no_capacity"}),
    "POST /transfers/{transfer_id}/accept": Rule(SUPERVISOR, 303),
    "POST /transfers/{transfer_id}/deleted": Rule(SUPERVISOR, 303),
    "GET /duplicates": Rule(SUPERVISOR),
    "POST /duplicates/merge": Rule(SUPERVISOR, 422, {"stays": "HW-1", "other": "HW-1"}),
    "POST /duplicates/apart": Rule(SUPERVISOR, 422, {"first": "HW-1", "second": "HW-1"}),
    "GET /retention": Rule(SUPERVISOR),
    "GET /follow-up": Rule(frozenset([Role.SUPERVISOR])),
    "GET /break-glass": Rule(frozenset([Role.SUPERVISOR])),
    "GET /break-glass/new": Rule(CASEWORK),
    "POST /break-glass/new": Rule(CASEWORK, 404, {"number": "HW-0000-0000", "reason": "A child is in danger."}),
    "POST /break-glass/{glass_id}/review": Rule(frozenset([Role.SUPERVISOR]), 303),
    "GET /complaints": Rule(OFFICER),
    "GET /complaints/{complaint}": Rule(OFFICER),
    "POST /complaints/{complaint}/acknowledge": Rule(OFFICER, 303),
    "POST /complaints/{complaint}/answer": Rule(OFFICER, 303, {"text": "We have spoken with them."}),
    "POST /complaints/{complaint}/close": Rule(OFFICER, 303),
    "GET /services": Rule(EVERYONE),
    "GET /remittances": Rule(EVERYONE),
    "GET /services/{service_id}": Rule(EVERYONE, 404),
    "GET /directory-check/{token}": Rule(EVERYONE, 404),
    "POST /directory-check": Rule(EVERYONE, 404, {"token": "none", "answer": "right"}),
    "GET /complain": Rule(EVERYONE),
    "POST /complain": Rule(EVERYONE, 200, {"about": "staff", "text": "The door was shut again."}),
    "POST /complain/answer": Rule(EVERYONE, 422, {"code": "2345-6789-ABCD"}),
    "GET /panel": Rule(PANEL),
    "GET /panel/{determination_id}": Rule(PANEL),
    "POST /panel/{determination_id}/declaration": Rule(PANEL, 303, {"conflict": "no"}),
    "POST /panel/{determination_id}/opinion": Rule(PANEL, 303, {"opinion": "stay", "note": "The school."}),
    "POST /panel/{determination_id}/decision": Rule(PANEL, 409, {"reasons": "All weighed."}),
    "GET /partner": Rule(PARTNER),
    "GET /partner/{referral_id}": Rule(PARTNER),
    "GET /partner/{referral_id}/sheet": Rule(PARTNER),
    "GET /partner/{referral_id}/sheet/person": Rule(PARTNER, 409),
    "POST /partner/{referral_id}/accept": Rule(PARTNER, 303),
    "POST /partner/{referral_id}/begin": Rule(PARTNER, 303),
    "POST /partner/{referral_id}/complete": Rule(PARTNER, 303),
    "POST /partner/{referral_id}/fail": Rule(PARTNER, 409, {"reason": "unavailable"}),
    "POST /partner/{referral_id}/decline": Rule(PARTNER, 409, {"reason": "no_capacity"}),
    "GET /answer": Rule(PARTNER, 303),
    "POST /answer": Rule(PARTNER, 404, {"token": "none", "answer": "accept"}),
    "GET /answer/{token}": Rule(EVERYONE, 404),
    "POST /partner/{referral_id}/deleted": Rule(PARTNER, 409),
    "GET /organisations": Rule(REGISTRARS),
    "GET /organisations/{organisation_id}": Rule(REGISTRARS),
    "POST /organisations/{organisation_id}/agreements": Rule(
        ADMINISTRATOR, 303, {"reference": "MoU 7", "starts_on": "2026-01-01", "purposes": "jobs"}
    ),
    "POST /organisations/{organisation_id}/agreements/{agreement_id}/end": Rule(ADMINISTRATOR, 303),
    "GET /directory": Rule(DIRECTORY_READERS),
    "GET /directory/{service_id}": Rule(DIRECTORY_READERS),
    "POST /directory/{service_id}/check": Rule(REGISTRARS, 303),
    "POST /directory/{service_id}/places": Rule(REGISTRARS, 303, {"left": "3"}),
    "POST /directory/{service_id}/pause": Rule(REGISTRARS, 303, {"reason": "full"}),
    "POST /directory/{service_id}/resume": Rule(REGISTRARS, 303),
    "POST /directory/{service_id}/settle": Rule(REGISTRARS, 409),
    "GET /directory/imports": Rule(REGISTRARS),
    "POST /directory/imports": Rule(REGISTRARS, 422),
    "GET /directory/imports/{draft_id}": Rule(REGISTRARS),
    # The file would make a partner of the operator.
    "POST /directory/imports/{draft_id}": Rule(REGISTRARS, 422),
    "POST /directory/imports/{draft_id}/drop": Rule(REGISTRARS, 303),
    "GET /directory/export/{form}": Rule(REGISTRARS),
    "GET /directory/export/{form}/public": Rule(REGISTRARS),
    "GET /referrals/board": Rule(REGISTRARS),
    "GET /referrals/board.csv": Rule(REGISTRARS),
    "GET /referrals/board.xlsx": Rule(REGISTRARS),
    "GET /monitoring": Rule(READERS),
    "POST /monitoring/calendar": Rule(MONITOR, 303, {"quarter": "2035-01-01", "due_on": "2035-06-01"}),
    "POST /monitoring": Rule(MONITOR, 303, {"quarter": "2025-04-01"}),
    "GET /monitoring/indicators": Rule(READERS),
    "GET /monitoring/indicators/{indicator_id}": Rule(READERS),
    "GET /monitoring/themes/{theme_id}": Rule(READERS),
    "GET /monitoring/changes": Rule(READERS),
    "GET /monitoring/structural": Rule(MONITOR),
    "POST /monitoring/structural": Rule(
        MONITOR, 303, {"indicator": "21b-S1", "year": "2025", "figure": "1", "source": "Circular 12"}
    ),
    "POST /monitoring/structural/{fact_id}/confirm": Rule(MONITOR, 303),
    "POST /monitoring/structural/{fact_id}/withdraw": Rule(MONITOR, 303),
    "GET /monitoring/{number}": Rule(READERS),
    # It is published already: nothing more can be done with it, and one at a time is drafted.
    "POST /monitoring/{number}/approve": Rule(MONITOR, 409, {"sha256": "0"}),
    "POST /monitoring/{number}/publish": Rule(MONITOR, 409),
    "POST /monitoring/{number}/drop": Rule(MONITOR, 409),
    "POST /monitoring/{number}/correction": Rule(MONITOR, 409, {"changed": "Late cases."}),
    "GET /monitoring/reports": Rule(READERS),
    **{
        f"GET /monitoring/reports/{name}.{ending}": Rule(READERS)
        for name in ("yearly", "review")
        for ending in ("pdf", "json")
    },
    "GET /releases": Rule(EVERYONE),
    "GET /releases/key.pem": Rule(EVERYONE),
    "GET /recommendations": Rule(EVERYONE),
    "GET /recommendations.csv": Rule(EVERYONE),
    "GET /recommendations.json": Rule(EVERYONE),
    "GET /recommendations/{number}": Rule(EVERYONE),
    "GET /recommendation-desk": Rule(RECOMMENDATION_READERS),
    "GET /recommendation-desk/new": Rule(RECOMMENDERS),
    "POST /recommendation-desk": Rule(RECOMMENDERS, 303, MINE),
    f"GET {ON_DESK}": Rule(RECOMMENDERS),
    f"GET {ON_DESK}/edit": Rule(RECOMMENDERS),
    f"POST {ON_DESK}": Rule(RECOMMENDERS, 303, MINE),
    f"POST {ON_DESK}/issue": Rule(RECOMMENDERS, 303),
    f"POST {ON_DESK}/drop": Rule(RECOMMENDERS, 409),
    f"POST {ON_DESK}/follow-up": Rule(RECOMMENDERS | ANSWERERS, 303, {"text": "Seen."}),
    f"POST {ON_DESK}/answer": Rule(ANSWERERS, 303, {"outcome": "accepted"}),
    f"POST {ON_DESK}/outcome": Rule(RECOMMENDERS, 409, {"outcome": "implemented", "text": "Yes.", "evidence": "x"}),
    f"POST {ON_DESK}/correction": Rule(RECOMMENDERS, 303, {"text": "Each means all."}),
    f"POST {ON_DESK}/reopening": Rule(
        RECOMMENDERS, 409, {"text": "Again.", "answer_by": "2035-01-01", "due_on": "2035-06-01"}
    ),
    "GET /monitoring/{number}/{name}": Rule(READERS),
    "GET /api/v1/me": Rule(STAFF),
    "GET /api/v1/releases": Rule(READERS),
    "GET /api/v1/releases/{number}": Rule(READERS),
    **{f"GET /api/v1/reports/{name}": Rule(READERS, 422) for name in ("yearly", "yearly/pdf", "review", "review/pdf")},
    "GET /api/v1/releases/calendar": Rule(EVERYONE),
    "GET /api/v1/recommendations": Rule(EVERYONE),
    "GET /api/v1/recommendations/csv": Rule(EVERYONE),
    "GET /api/v1/recommendations/{number}": Rule(EVERYONE),
    "GET /api/v1/openapi.json": Rule(EVERYONE),
    "GET /api/v1/remittances/corridors": Rule(EVERYONE),
    "GET /api/v1/remittances/comparison": Rule(EVERYONE, 422),
    "GET /api/v1/hsds/": Rule(EVERYONE),
    "GET /api/v1/hsds/services": Rule(EVERYONE),
    "GET /api/v1/hsds/services/{service_id}": Rule(EVERYONE, 404),
    "GET /api/v1/hsds/taxonomies": Rule(EVERYONE),
    "GET /api/v1/hsds/taxonomies/{taxonomy_id}": Rule(EVERYONE, 404),
    "GET /api/v1/hsds/taxonomy_terms": Rule(EVERYONE),
    "GET /api/v1/hsds/taxonomy_terms/{taxonomy_term_id}": Rule(EVERYONE, 404),
    "GET /api/v1/hsds/organizations": Rule(EVERYONE),
    "GET /api/v1/hsds/organizations/{organization_id}": Rule(EVERYONE, 404),
    "GET /api/v1/hsds/service_at_locations": Rule(EVERYONE),
    "GET /api/v1/hsds/service_at_locations/{at_id}": Rule(EVERYONE, 404),
    "GET /staff": Rule(frozenset([Role.ADMINISTRATOR, Role.SUPERVISOR])),
    "GET /healthz": Rule(EVERYONE),
    "GET /readyz": Rule(EVERYONE),
    "GET /metrics": Rule(EVERYONE),
    "POST /sign-in": Rule(EVERYONE, 401),
    "POST /sign-out": Rule(STAFF, 303),
}
"""In the order in which they are tried: the partner accepts before completing, and the sign-out ends the session."""

API_RULES: dict[str, Rule] = {**CASE_API_RULES, **SAFEGUARDS_API_RULES}
"""Tried on a scene of their own, for they do the same as the pages."""
EVERY_RULE = {**RULES, **API_RULES}

HOME = "GET /"
"""Open to everyone, and answered by where it leads: see `test_security`."""

FLAG_SETTLERS: dict[FlagKind, frozenset[Who]] = {
    FlagKind.CHILD: CHILD_PROTECTION,
    FlagKind.UNACCOMPANIED_CHILD: CHILD_PROTECTION,
    FlagKind.FEAR_OF_RETURN: PROTECTION,
    FlagKind.TRAFFICKING: PROTECTION,
    FlagKind.VIOLENCE: PROTECTION,
    FlagKind.SELF_HARM: PROTECTION,
    FlagKind.TORTURE: PROTECTION,
    FlagKind.STATELESSNESS: PROTECTION,
    FlagKind.SERIOUS_ILLNESS: PROTECTION,
    FlagKind.NO_SAFE_PLACE: CASEWORK,
    FlagKind.HEALTH_EMERGENCY: CASEWORK,
}

LEADS_BACK = re.compile(r'name="back" value="[^"]*"')

ON_SQLITE = [pytest.param("sqlite", who, id=f"sqlite-{who or 'stranger'}") for who in (*Role, STRANGER)]
ON_POSTGRESQL = [
    pytest.param("postgresql", who, id=f"postgresql-{who or 'stranger'}")
    for who in (Role.CASEWORKER, Role.PARTNER, STRANGER)
]
each_who = pytest.mark.parametrize(("database_url", "who"), [*ON_SQLITE, *ON_POSTGRESQL], indirect=["database_url"])


def ways(scene: Scene, address: str, who: Who) -> Iterator[tuple[dict[str, str], bool]]:
    """Values for the parts of an address, and whether this visitor, if let through at all, may see what they name."""
    address = address.removeprefix(VERSION)
    if address.startswith("/cases/{number}"):
        missing = {**scene.cases["own"], "number": "HW-0000-0000"}
        yield from [(scene.cases["elsewhere"], False), (missing, False), (scene.cases["own"], True)]
        yield scene.cases["other_team"], who is not Role.CASEWORKER
    elif address.startswith("/tasks/{task_id}"):
        tasks = {name: {"task_id": parts["listed_task_id"]} for name, parts in scene.cases.items()}
        yield from [(tasks["elsewhere"], False), ({"task_id": str(uuid4())}, False), (tasks["own"], True)]
        yield tasks["other_team"], who is not Role.CASEWORKER
    elif address.startswith("/partner/{referral_id}"):
        hidden = [scene.referrals["other"], scene.referrals["draft"], {"referral_id": str(uuid4())}]
        yield from [(values, False) for values in hidden]
        yield scene.referrals["own"], True
    elif address == "/break-glass/{glass_id}/review":
        hidden = [scene.glass["elsewhere"], {"glass_id": str(uuid4())}]
        yield from [(values, False) for values in hidden]
        yield scene.glass["own"], True
    elif owned := owned_by_role(scene, address):
        yield from [(values, False) for role, values in owned.items() if role is not who]
        if who in owned:
            yield owned[who], True
    elif "{passkey_id}" in address:
        yield {"passkey_id": str(uuid4())}, False
    elif found := [each for each in alone(scene) if each[0] in address]:
        _part, shown, missing = found[0]
        yield from [({**shown, **missing}, False), (shown, True)]
    elif "{fact_id}" in address:
        yield {"fact_id": str(uuid4())}, False
        yield scene.structure[address.rpartition("/")[2]], True
    elif "{transfer_id}" in address:
        yield from [(scene.transfers["elsewhere"], False), ({"transfer_id": str(uuid4())}, False)]
        yield scene.transfers[address.rpartition("/")[2]], True
    elif address.startswith("/panel/{determination_id}"):
        elsewhere = {"determination_id": scene.cases["own"]["determination_id"]}
        hidden = [scene.panels["other"], elsewhere, {"determination_id": str(uuid4())}]
        yield from [(values, False) for values in hidden]
        yield scene.panels["own"], True
    elif "{recommendation_id}" in address:
        yield from ways_to_recommendations(scene.recommendations, address, who)
    elif address.startswith(("/vacancies", "/courses")):
        yield from ways_to_openings(scene, address, who)
    elif address.startswith(("/hsds/", "/answer/", "/services/", "/directory-check/")) and "{" in address:
        # Nothing is in this directory, and no link is known: see `test_api_hsds` and `test_answering`.
        yield {address.partition("{")[2].rstrip("}"): str(uuid4())}, True
    elif "{number}" in address:
        yield from [({**scene.release, "number": "9"}, False), (scene.release, True)]
    else:
        yield {}, True


def alone(scene: Scene) -> tuple[tuple[str, dict[str, str], dict[str, str]], ...]:
    """What everyone sees who gets through to it: part of the address, what leads there, and what leads nowhere."""
    return (
        ("{code}", scene.programme, {"code": "MISSING"}),
        ("{indicator_id}", {"indicator_id": "21h-P1"}, {"indicator_id": "21z-P9"}),
        ("{theme_id}", {"theme_id": "skills"}, {"theme_id": "nothing"}),
        ("{complaint}", scene.complaint, {"complaint": "CO-22222222"}),
        ("/directory/{service_id}", scene.listed, {"service_id": str(uuid4())}),
        ("/directory/services/{service_id}", scene.listed, {"service_id": str(uuid4())}),
        ("/export/{form}", {"form": "tables"}, {"form": "strange"}),
        ("/organisations/{organisation_id}", scene.organisation, {"organisation_id": str(uuid4())}),
    )


def owned_by_role(scene: Scene, address: str) -> dict[Role, dict[str, str]]:
    """What someone has for themselves alone, by their role."""
    parts = {
        "{draft_id}": scene.drafts,
        "{session_id}": scene.sessions,
        "{token_id}": scene.tokens,
        "{filter_id}": scene.filters,
    }
    return next((owned for part, owned in parts.items() if part in address), {})


def ways_to_openings(scene: Scene, address: str, who: Who) -> Iterator[tuple[dict[str, str], bool]]:
    yield scene.openings["own"], True
    if "{" in address:
        yield {"vacancy_id": str(uuid4()), "course_id": str(uuid4())}, False
        yield scene.openings["other"], who is not Role.PARTNER


async def visitor_of(browsers: Browsers, database: Database, who: Who) -> Visitor:
    browser = await browsers.stranger() if who is STRANGER else await browsers.signed_in(who)
    form_token = await browser.token()
    assert form_token
    bearer = "" if who is STRANGER else await token_of(database, who)
    return Visitor(browser, (await browsers.stranger()).client, form_token, bearer)


async def ask(visitor: Visitor, route: str, values: dict[str, str]) -> tuple[int, str]:
    """Status and words of the answer, without the address that the choice of language leads back to."""
    method, address = route.split()
    path, rule = address.format(**values), EVERY_RULE.get(route, Rule(NOBODY))
    if method == "GET":
        answer = await visitor.browser.get(path)
    elif address.startswith("/api/"):
        # Without the cookie, which changes nothing there.
        bearer = {"Authorization": f"Bearer {visitor.bearer}"} if visitor.bearer else {}
        answer = await visitor.program.request(method, path, headers=bearer, **body_of(rule, values))
    else:
        answer = await visitor.browser.client.post(
            path,
            data={"csrf_token": visitor.form_token, **filled(rule.fields, values)},
            headers={"Sec-Fetch-Site": "same-origin"},
        )
    return answer.status_code, LEADS_BACK.sub("", answer.text)


def body_of(rule: Rule, values: dict[str, str]) -> dict[str, Any]:
    """JSON; or, where the API takes files, a form with them."""
    fields = filled(rule.fields, values)
    if not rule.is_form:
        return {"json": fields} if fields else {}
    files = {name: fields.pop(name) for name in list(fields) if isinstance(fields[name], bytes)}
    return {"data": fields, "files": files}


def filled(fields: Any, values: dict[str, str]) -> Any:
    """What is sent, with the ids of the scene in it."""
    match fields:
        case str():
            return fields.format(**values)
        case dict():
            return {name: filled(each, values) for name, each in fields.items()}
        case list():
            return [filled(each, values) for each in fields]
        case _:
            return fields


def missing_page(route: str) -> str:
    """A page of the same kind that nobody has written."""
    method, address = route.split()
    missing = "/api/v1/no-such-thing" if address.startswith("/api/") else "/no-such-page"
    # The place in the navigation is marked by the start of the address, for missing pages too.
    prefixes = (
        *("/cases", "/tasks", "/plan-work", "/follow-up", "/complaints", "/partner", "/monitoring", "/staff"),
        *("/programmes", "/break-glass", "/approvals", "/transfers", "/duplicates", "/retention", "/panel"),
        *("/today", "/dashboard", "/return-monitoring", "/organisations", "/referrals/board", "/vacancies"),
        "/directory",
        "/recommendation-desk",
    )
    prefix = next((each for each in prefixes if address.startswith(each)), "")
    return f"{method} {prefix}{missing}/no/such/page"


def test_the_table_names_every_route_and_no_other(app: FastAPI) -> None:
    routes = {
        f"{method} {context.path}"
        for context in iter_route_contexts(app.routes)
        if not isinstance(context.route, Mount)
        for method in context.methods or ()
    }
    assert routes == {*EVERY_RULE, HOME}


@pytest.mark.parametrize("rules", [RULES, API_RULES], ids=["pages", "api"])
@each_who
async def test_who_gets_through_to_what(
    app: FastAPI, database: Database, browsers: Browsers, scene: Scene, who: Who, rules: dict[str, Rule]
) -> None:
    visitor = await visitor_of(browsers, database, who)
    end_streams(app)
    answers = {page: await ask(visitor, page, {}) for page in dict.fromkeys(map(missing_page, rules))}
    assert {status for status, _text in answers.values()} == {404}
    for route, rule in rules.items():
        refused = answers[missing_page(route)]
        for values, is_in_sight in ways(scene, route.split()[1], who):
            answer = await ask(visitor, route, values)
            if who in rule.who and is_in_sight:
                assert answer[0] == rule.status, (route, values)
            else:
                assert answer == refused, (route, values)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("rules", "part"),
    [
        *((RULES, part) for part in ("flag_id", "need_id", "referral_id", "offer_id", "task_id", "leg_id", "note_id")),
        *((API_RULES, part) for part in ("flag_id", "need_id", "task_id", "note_id", "request_id", "call_id")),
        *((API_RULES, part) for part in ("referral_id", "offer_id", "leg_id")),
    ],
)
async def test_what_belongs_to_another_case_is_not_reached_through_ones_own(
    browsers: Browsers, scene: Scene, database: Database, rules: dict[str, Rule], part: str
) -> None:
    visitor = await visitor_of(browsers, database, Role.CASEWORKER)
    routes = [each for each in rules if "{number}" in each and f"{{{part}}}" in each]
    own = [each for each in routes if Role.CASEWORKER in rules[each].who]
    assert own
    for route in routes:
        for name in ("other_team", "elsewhere"):
            mixed = {**scene.cases["own"], part: scene.cases[name][part]}
            assert (await ask(visitor, route, mixed))[0] == 404, route
    for route in own:
        assert (await ask(visitor, route, scene.cases["own"]))[0] == rules[route].status, route


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_flag_is_settled_by_the_role_for_its_kind_alone(
    browsers: Browsers, scene: Scene, database: Database
) -> None:
    number = scene.cases["own"]["number"]
    tries = [(role, kind) for role in Role for kind in FlagKind]
    async with database.transaction() as session:
        case_id = (await session.scalars(select(Case.id).where(Case.number == number))).one()
        flags = {each: Flag(id=uuid4(), case_id=case_id, kind=each[1], rule=".".join(each)) for each in tries}
        for flag in flags.values():
            flag.raised_at = clock.now()
        session.add_all(flags.values())
    for role in Role:
        visitor = await visitor_of(browsers, database, role)
        for kind, settlers in FLAG_SETTLERS.items():
            values = {"number": number, "flag_id": str(flags[role, kind].id)}
            status, _text = await ask(visitor, "POST /cases/{number}/flags/{flag_id}", values)
            assert status == (303 if role in settlers else 404), (role, kind)
    async with database.reading() as session:
        settled = set(await session.scalars(select(Flag.rule).where(Flag.settled_at.is_not(None))))
    assert settled == {".".join(each) for each in tries if each[0] in FLAG_SETTLERS[each[1]]}


def test_every_kind_of_flag_has_someone_who_settles_it() -> None:
    assert set(FLAG_SETTLERS) == set(FlagKind)
    assert all(FLAG_SETTLERS.values())
