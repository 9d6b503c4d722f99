"""Parameters of a Bot API call: from the query string, JSON, a form or multipart, into typed objects."""

import json
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, Field, ValidationError
from starlette.datastructures import UploadFile
from starlette.requests import Request

from simulator.errors import bad_request


@dataclass(frozen=True)
class Upload:
    name: str
    mime_type: str
    content: bytes


@dataclass(frozen=True)
class Parameters:
    values: dict[str, Any]
    uploads: dict[str, Upload] = field(default_factory=dict)


async def read_parameters(request: Request) -> Parameters:
    values: dict[str, Any] = dict(request.query_params)
    if request.method == "GET":
        return Parameters(values)
    if request.headers.get("content-type", "").startswith("application/json"):
        return Parameters(values | _parse_object(await request.body()))
    uploads: dict[str, Upload] = {}
    async with request.form() as form:
        for name, value in form.items():
            if isinstance(value, UploadFile):
                uploads[name] = await _read_upload(value)
            else:
                values[name] = value
    return Parameters(values, uploads)


async def _read_upload(file: UploadFile) -> Upload:
    return Upload(file.filename or "file", file.content_type or "application/octet-stream", await file.read())


def _parse_object(body: bytes) -> dict[str, Any]:
    try:
        values = json.loads(body or b"{}")
    except ValueError:
        raise bad_request("can't parse JSON object") from None
    if not isinstance(values, dict):
        raise bad_request("can't parse JSON object")
    return {name: value for name, value in values.items() if value is not None}


def _parse_nested(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) and value else value or None


Nested = Annotated[dict[str, Any] | None, BeforeValidator(_parse_nested)]
"""An object that a form carries as JSON text."""
NestedList = Annotated[list[Any] | None, BeforeValidator(_parse_nested)]
ChatId = Annotated[str, BeforeValidator(str)]


class Call(BaseModel):
    """Base of all parameter sets; what the simulator does not know is ignored, as on the real server."""


class GetUpdates(Call):
    offset: int = 0
    limit: Annotated[int, BeforeValidator(lambda value: min(max(int(value), 1), 100))] = 100
    timeout: float = 0
    allowed_updates: NestedList = None


class SetWebhook(Call):
    url: str = ""
    secret_token: str = Field("", pattern=r"^[A-Za-z0-9_-]{0,256}$")
    max_connections: int = Field(40, ge=1, le=100)
    allowed_updates: NestedList = None
    drop_pending_updates: bool = False


class ToChat(Call):
    chat_id: ChatId = ""


class ToMessage(ToChat):
    message_id: int = 0


class ToMessages(ToChat):
    message_ids: NestedList = None


class Send(ToChat):
    reply_markup: Nested = None
    reply_parameters: Nested = None
    protect_content: bool = False
    parse_mode: str = ""


class SendMessage(Send):
    text: str = ""
    entities: NestedList = None


class SendFile(Send):
    photo: str = ""
    document: str = ""
    voice: str = ""
    audio: str = ""
    caption: str = ""
    duration: int = 0


class EditText(ToMessage):
    text: str = ""
    entities: NestedList = None
    reply_markup: Nested = None
    parse_mode: str = ""


class EditMarkup(ToMessage):
    reply_markup: Nested = None


class AnswerQuery(Call):
    callback_query_id: str = ""
    text: str = ""
    show_alert: bool = False


class GetFile(Call):
    file_id: str = ""


class Profile(Call):
    """Parameters of setMyCommands and its relatives."""

    commands: NestedList = None
    name: str = ""
    description: str = ""
    short_description: str = ""
    scope: Nested = None
    language_code: str = ""


C = TypeVar("C", bound=Call)


def parse_call(model: type[C], values: dict[str, Any]) -> C:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        names = ", ".join(".".join(map(str, problem["loc"])) for problem in error.errors())
        raise bad_request(f"can't parse parameters: {names}") from None
