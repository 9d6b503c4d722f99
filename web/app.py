"""The web application: routers, guards, headers and error pages put together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from foundation.database import Database
from foundation.settings import Settings
from web import watching
from web.api.routers import API_ROUTERS
from web.errors import TooLargeInWords, add_error_pages
from web.headers import SecurityHeaders
from web.pages import (
    account,
    account_tokens,
    answering,
    application,
    applications,
    approvals,
    assessments,
    best_interests,
    break_glass,
    business_plan,
    case_closing,
    case_file,
    case_followup,
    case_list,
    case_messages,
    case_notes,
    case_openings,
    case_page,
    case_plan,
    case_referral,
    case_safety,
    case_transfer,
    case_work,
    complaints,
    conversation,
    dashboard,
    directory,
    directory_check,
    directory_imports,
    duplicates,
    entrance,
    factors,
    follow_up,
    form_filling,
    form_requests,
    indicators,
    inviting,
    monitoring,
    monitoring_reports,
    openings,
    organisations,
    panel,
    partner,
    plan_activities,
    plan_work,
    programmes,
    public,
    public_recommendations,
    recommendations,
    record_form,
    referral_board,
    referring,
    release_changes,
    remittances,
    retention,
    return_monitoring,
    returns,
    safeguards,
    second_step,
    staff_list,
    structural,
    tasks,
    themes,
    today,
)
from web.rendering import STATIC_FILES

LARGEST_BODY = 256 * 1024
"""Bytes. Forms hold text only."""

# Asked in this order: the page that is opened most stands in front.
ROUTERS: tuple[APIRouter, ...] = (
    entrance.router,
    case_page.router,
    second_step.router,
    account.router,
    factors.router,
    account_tokens.router,
    break_glass.router,
    today.router,
    case_list.router,
    dashboard.router,
    conversation.router,
    case_messages.router,
    case_file.router,
    form_requests.router,
    form_filling.router,
    referring.router,
    applications.router,
    application.router,
    business_plan.router,
    case_openings.router,
    case_plan.router,
    plan_activities.router,
    plan_work.router,
    programmes.router,
    case_safety.router,
    best_interests.router,
    case_work.router,
    assessments.router,
    case_followup.router,
    safeguards.router,
    return_monitoring.router,
    returns.router,
    record_form.router,
    case_notes.router,
    case_closing.router,
    case_referral.router,
    case_transfer.router,
    duplicates.router,
    retention.router,
    approvals.router,
    tasks.router,
    follow_up.router,
    complaints.router,
    public.router,
    remittances.router,
    directory_check.router,
    directory_imports.router,
    directory.router,
    public_recommendations.router,
    recommendations.router,
    panel.router,
    partner.router,
    answering.router,
    openings.router,
    inviting.router,
    monitoring_reports.router,
    indicators.router,
    structural.router,
    themes.router,
    release_changes.router,
    monitoring.router,
    organisations.router,
    referral_board.router,
    staff_list.router,
    watching.router,
)


class _App(FastAPI):
    def build_middleware_stack(self) -> ASGIApp:
        return TooLargeInWords(super().build_middleware_stack())


def create_app(database: Database, settings: Settings) -> FastAPI:
    """The application on an open database. Whoever opened the database also closes it, after the server has ended."""
    app = _App(
        title="Homeward",
        version="1",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        max_body_size=LARGEST_BODY,
        generate_unique_id_function=_operation_id,
        lifespan=_lifespan,
    )
    connect(app, database, settings)
    app.add_middleware(SecurityHeaders, is_local=settings.is_local)
    add_error_pages(app)
    for router in (*ROUTERS, *API_ROUTERS):
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC_FILES), name="static")
    return app


def connect(app: FastAPI, database: Database, settings: Settings) -> None:
    """What every request finds: the database and the settings, and nobody who has been there before."""
    app.state.database = database
    app.state.settings = settings
    app.state.closing = asyncio.Event()
    app.state.touched = dict[str, datetime]()


def _operation_id(route: APIRoute) -> str:
    return f"{route.tags[0]}_{route.name}" if route.tags else route.name


def end_streams(app: FastAPI) -> None:
    """Ask the open streams to end. A server that shuts down waits for them, so call this as soon as it is asked to."""
    app.state.closing.set()


def _know_all_routes(app: FastAPI) -> None:
    """What each route takes and gives is worked out when it is first looked at: half a second, before anyone waits."""
    for _context in iter_route_contexts(app.routes):
        pass


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    _know_all_routes(app)
    yield
    end_streams(app)
