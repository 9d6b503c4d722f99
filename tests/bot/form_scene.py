"""A form put before the person on the phone, and the answers of a script given to it as a person would."""

import io
from pathlib import Path
from typing import Any

from bot_records import only, person_key, the_case
from journeys import agree
from phone import Phone
from PIL import Image

from bot.menu import GO_ON
from bot.models import Chat
from bot.screens import DONE, READ, SKIP
from cases.intake import begin_form
from cases.models import Submission
from cases.sheets import CleanedMedia, publish
from foundation.language import say
from questionnaire.sheet import SELECTS, Answer, Kind, Question, Sheet
from questionnaire.wording import choice_label

SAMPLES = Path(__file__).parent.parent / "foundation" / "media"
PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"
PHOTO = [{"file_id": "photo", "file_unique_id": "p", "width": 90, "height": 90}]
VOICE = {"file_id": "voice", "file_unique_id": "v", "duration": 2}
PAPER = {"file_id": "paper", "file_unique_id": "d", "file_name": "paper.pdf"}


async def put_before(phone: Phone, sheet: Sheet) -> None:
    """Let the person agree, and then have this form to fill in next, at its first question."""
    await agree(phone)
    database, key = phone.receiver.database, await person_key(phone.receiver.database)
    case = await the_case(database)
    async with database.transaction() as session:
        await publish(session, sheet, {name: _media(name) for name in sheet.media()})
        await session.flush()
        chat = await session.get_one(Chat, key.subject_id)
        submission = await begin_form(session, case, key, sheet, phone.language)
        await session.flush()
        chat.submission_id, chat.place = submission.id, {"standing": "menu"}
    phone.network.files |= {"photo": _photo(), "voice": (SAMPLES / "voice.ogg").read_bytes(), "paper": PDF}
    await phone.write("/menu")
    await phone.tap(GO_ON)


def _photo() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (8, 6), "white").save(written, "JPEG")
    return written.getvalue()


def _media(name: str) -> CleanedMedia:
    return CleanedMedia(name, "image/png" if name.endswith(".png") else "audio/ogg", name.encode())


async def asked(phone: Phone) -> str:
    """The key of the question that stands."""
    return str((await only(phone.receiver.database, Chat)).place.get("question", ""))


async def stored(phone: Phone, sheet: Sheet) -> dict[str, Any]:
    key = await person_key(phone.receiver.database)
    submission = await only(phone.receiver.database, Submission, Submission.sheet_id == sheet.id)
    answers: dict[str, Any] = key.open(Submission.answers, submission.id, submission.answers)
    return answers


async def give(phone: Phone, sheet: Sheet, key: str, value: Answer) -> None:
    """Answer the question that stands, in the way a person would most likely do."""
    question = sheet.question(key)
    assert await asked(phone) == key
    if value is None:
        await phone.tap(SKIP)
    elif question.kind is Kind.NOTE:
        await phone.tap(READ)
    elif question.kind in SELECTS:
        await _choose(phone, sheet, question, value)
    elif isinstance(value, dict):
        await _attach(phone, str(value["type"]))
    elif question.kind is Kind.GEOPOINT:
        latitude, longitude, *_rest = map(float, str(value).split())
        await phone.send("place", location={"latitude": latitude, "longitude": longitude})
    else:
        await phone.write(str(value))


async def _choose(phone: Phone, sheet: Sheet, question: Question, value: Answer) -> None:
    codes = value if isinstance(value, list) else [value]
    for code in codes:
        await phone.tap(say(phone.language, choice_label(sheet, question, str(code), phone.language)))
    if question.kind is Kind.SELECT_MULTIPLE:
        await phone.tap(DONE)


async def _attach(phone: Phone, media_type: str) -> None:
    match media_type.partition("/")[0]:
        case "image":
            await phone.send("photo", photo=PHOTO)
        case "audio":
            await phone.send("voice", voice=VOICE)
        case _:
            await phone.send("document", document=PAPER)
