"""The routers of the API, in the order in which their routes are tried."""

from fastapi import APIRouter

from web.api import (
    break_glass,
    case_assessments,
    case_closing,
    case_files,
    case_forms,
    case_list,
    case_messages,
    case_notes,
    case_safety,
    case_transfers,
    case_work,
    cases,
    description,
    duplicates,
    follow_ups,
    form_filling,
    me,
    releases,
    supervision,
    today,
)

API_ROUTERS: tuple[APIRouter, ...] = (
    me.router,
    case_list.router,
    cases.router,
    case_work.router,
    case_messages.router,
    case_files.router,
    case_notes.router,
    case_forms.router,
    form_filling.router,
    case_assessments.router,
    case_safety.router,
    case_closing.router,
    case_transfers.router,
    duplicates.router,
    follow_ups.router,
    break_glass.router,
    today.router,
    supervision.router,
    releases.router,
    description.router,
)
