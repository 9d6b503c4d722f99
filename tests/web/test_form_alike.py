"""The form with every supported feature gives the same answers whether the engine is asked or the web."""

import io
from pathlib import Path

from fastapi import FastAPI
from first_rows import add_case
from form_browser import Filling, begin, stored
from PIL import Image
from web_browser import Browsers

from access.rules import Role
from cases.sheets import CleanedMedia, publish, publish_built_in
from foundation import clock
from foundation.database import Database
from questionnaire import engine
from questionnaire.engine import Given
from questionnaire.sheet import Answer
from tests.questionnaire.everything import MEDIA, MOMENT, SCRIPT, everything, without_ids

RECORDING = Path(__file__).parents[1] / "foundation" / "media" / "voice.ogg"
ANSWERS: dict[str, Answer] = {**dict(SCRIPT), "members/2/member_name": "Musa"}
"""A name that the script says aloud is written here: a desk has no microphone."""


def by_engine() -> dict[str, Answer]:
    sheet, answers = everything(), dict[str, Answer]()
    given = Given(MOMENT, {"maybe_child": "unknown", "country": "GM"}, "en")
    for key, answer in ANSWERS.items():
        answers = engine.record(sheet, answers, key, answer, given)
    assert engine.is_complete(sheet, answers, given)
    return answers


def typed() -> dict[str, str | list[str]]:
    found: dict[str, str | list[str]] = {}
    for key, answer in ANSWERS.items():
        if isinstance(answer, list):
            found[key] = [str(each) for each in answer]
        elif isinstance(answer, str | int) and answer is not True:
            found[key] = str(answer)
    return found | {"home": "13.45, -16.57"}


def files() -> dict[str, tuple[str, bytes]]:
    written = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(written, "JPEG")
    return {
        "face": ("me.jpg", written.getvalue()),
        "story": ("me.ogg", RECORDING.read_bytes()),
        "paper": ("paper.pdf", b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"),
    }


async def fill(filling: Filling) -> None:
    for _page in range(40):
        if filling.is_review:
            return
        sent = {key: file for key, file in files().items() if key in filling.asked}
        assert (await filling.post(typed(), files=sent)).status_code == 200, filling.faults
    raise AssertionError(f"the review was never reached; at {filling.asked}")


async def test_web_and_engine_store_the_same(app: FastAPI, browsers: Browsers, database: Database) -> None:
    sheet = everything()
    with clock.moved_to(MOMENT):
        async with database.transaction() as session:
            await publish_built_in(session)
            await publish(session, sheet, {name: CleanedMedia(name, "image/png", b"public") for name in MEDIA})
            case, _key = await add_case(session, None)
        filling = await begin(await browsers.signed_in(Role.CASEWORKER), case.number, sheet.id)
        await fill(filling)
        assert (await filling.browser.send(f"{filling.address}/submit")).status_code == 303
        _submission, answers = await stored(database, sheet.id)
    assert without_ids(answers) == without_ids(by_engine())
    assert len(answers) > 50
