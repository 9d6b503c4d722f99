"""The description of the API, for programs and people who write against it. It holds no data, so it is public."""

from typing import Annotated, Any

from fastapi import APIRouter, FastAPI
from starlette.responses import JSONResponse

from web.guard import PUBLIC, Visit, guarded

router = APIRouter(include_in_schema=False)


@router.get("/api/v1/openapi.json")
async def describe(visit: Annotated[Visit, guarded(PUBLIC)]) -> JSONResponse:
    app: FastAPI = visit.request.app
    description: dict[str, Any] = app.openapi()
    return JSONResponse(description)
