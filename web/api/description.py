"""The description of the API, for programs and people who write against it. It holds no data, so it is public."""

from typing import Annotated, Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import iter_route_contexts
from starlette.responses import JSONResponse

from web.api.routing import KEY_HEADER, VERSION
from web.guard import PUBLIC, SAFE_METHODS, Guard, Visit, guarded
from web.problems import MEDIA_TYPE

router = APIRouter(include_in_schema=False)

_ABOUT = """\
Everything that the pages of Homeward do, for programs. See docs/api.md.

A program acts for a member of staff with a token that they make under "Your account". What is missing and what is
forbidden are answered alike. Every change takes an `Idempotency-Key`: sent again under the same key it is made once.
"""
_KEY = {
    "name": KEY_HEADER,
    "in": "header",
    "required": False,
    "description": "Of your own making, new for each change. For 24 hours the same request under it is made once.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[!-~]+$"},
}


@router.get(f"{VERSION}/openapi.json")
async def describe(visit: Annotated[Visit, guarded(PUBLIC)]) -> JSONResponse:
    app: FastAPI = visit.request.app
    return JSONResponse(description_of(app))


def description_of(app: FastAPI) -> dict[str, Any]:
    """OpenAPI 3.1 of the routes under `/api/v1`; made once."""
    if app.openapi_schema is None:
        described = app.openapi()
        described["info"]["description"] = _ABOUT
        described["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        described["security"] = [{"token": []}]
        permissions = _permissions(app)
        for path, operations in described["paths"].items():
            for method, operation in operations.items():
                _complete(operation, method.upper(), permissions.get((method.upper(), path)))
    return app.openapi_schema or {}


def _complete(operation: dict[str, Any], method: str, permission: str | None) -> None:
    """Say what stands in no signature: the permission, the key, and the media type of problems."""
    if permission is not None:
        needs = f"Needs the permission `{permission}`."
        operation["description"] = f"{operation.get('description', '')}\n\n{needs}".strip()
    if method not in SAFE_METHODS:
        operation.setdefault("parameters", []).append(_KEY)
    for status, answer in operation["responses"].items():
        if status >= "4" and (content := answer.get("content", {})).get("application/json"):
            content[MEDIA_TYPE] = content.pop("application/json")


def _permissions(app: FastAPI) -> dict[tuple[str, str], str]:
    """What each route asks for, by method and path."""
    found: dict[tuple[str, str], str] = {}
    for context in iter_route_contexts(app.routes):
        dependant = getattr(context.route, "dependant", None)
        for needed in dependant.dependencies if dependant is not None else ():
            if isinstance(needed.call, Guard):
                found |= {(method, str(context.path)): str(needed.call.needs) for method in context.methods or ()}
    return found
