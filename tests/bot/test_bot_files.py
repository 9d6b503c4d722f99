"""Files and places on their way in, and files on their way out."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from bot_records import only, rows, the_case
from journeys import agree
from phone import Phone
from sqlalchemy import select
from telegram import Update
from telegram_stub import PICTURE, Fault, TelegramStub

from bot import receiving
from bot.incoming import Did, Incoming
from bot.models import Chat
from bot.receiving import NOT_FETCHED
from bot.telegram import incoming_of
from cases.files import OpenedFile, store_file
from cases.messages import TELL_PERSON
from cases.models import FormMedia
from cases.rules import FileKind
from cases.sheets import ARRIVAL, newest
from foundation import media
from foundation.database import Database
from foundation.keys import open_subject
from foundation.outbox import OutboxRow, OutboxState, enqueue

SAMPLES = Path(__file__).parents[1] / "foundation" / "media"
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer <<>>\n%%EOF\n"


@dataclass(slots=True)
class Taken:
    """What reached the turn."""

    incomings: list[Incoming] = field(default_factory=list)

    @property
    def last(self) -> Incoming:
        return self.incomings[-1]


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> Taken:
    seen, real = Taken(), receiving.take_turn

    async def note(session: Any, incoming: Incoming, desk: Any) -> Any:
        seen.incomings.append(incoming)
        return await real(session, incoming, desk)

    monkeypatch.setattr(receiving, "take_turn", note)
    return seen


def file_of(kind: str, file_id: str = "f", **more: Any) -> dict[str, Any]:
    shape = {"duration": 1} if kind in {"voice", "audio", "video"} else {}
    shape |= {"width": 9, "height": 9} if kind == "video" else {}
    return {kind: {"file_id": file_id, "file_unique_id": file_id, **shape, **more}}


@pytest.mark.parametrize(
    ("content", "sample", "kind", "media_type", "name"),
    [
        (file_of("voice"), "voice.ogg", FileKind.VOICE, media.OGG, "voice.ogg"),
        (file_of("audio", file_name="memo.m4a"), "memo.m4a", FileKind.VOICE, media.M4A, "memo.m4a"),
        (file_of("audio", file_name="song"), "song.mp3", FileKind.VOICE, media.MP3, "song.mp3"),
        (file_of("document", file_name="../../my letter.exe"), "pdf", FileKind.DOCUMENT, media.PDF, "my letter.pdf"),
        (file_of("document", file_name="C:\\x\\scan.pdf"), "png", FileKind.IMAGE, media.PNG, "scan.png"),
        (file_of("document"), "png", FileKind.IMAGE, media.PNG, "image.png"),
    ],
)
async def test_a_file_reaches_the_turn_fetched_and_cleaned(
    phone: Phone,
    network: TelegramStub,
    taken: Taken,
    *,
    content: dict[str, Any],
    sample: str,
    kind: FileKind,
    media_type: str,
    name: str,
) -> None:
    network.files["f"] = {"pdf": PDF, "png": PICTURE}.get(sample) or (SAMPLES / sample).read_bytes()
    await phone.receive(phone.message(**content, caption=" look \u202a"))
    incoming = taken.last
    assert (incoming.did, incoming.text, incoming.trouble) == (Did.SENT_FILE, "look", None)
    assert incoming.file is not None
    assert (incoming.file.kind, incoming.file.media_type, incoming.file.name) == (kind, media_type, name)
    assert media.sniff(incoming.file.content) == media_type


async def test_of_a_photo_s_sizes_one_that_is_large_enough_is_fetched(
    phone: Phone, network: TelegramStub, taken: Taken
) -> None:
    sizes = [(90, 67), (320, 240), (1280, 960), (2560, 1920)]
    photo = [{"file_id": f"p{w}", "file_unique_id": f"p{w}", "width": w, "height": h} for w, h in sizes]
    await phone.receive(phone.message(photo=photo))
    assert network.downloads == ["p1280"]
    await phone.receive(phone.message(photo=photo[3:]))
    assert network.downloads[1:] == ["p2560"]
    assert taken.last.file is not None


async def test_a_place_reaches_the_turn(phone: Phone, taken: Taken) -> None:
    await phone.receive(phone.message(location={"latitude": 36.8, "longitude": 10.2}))
    assert (taken.last.did, taken.last.position) == (Did.SENT_PLACE, (36.8, 10.2))


@pytest.mark.parametrize(
    ("content", "sent", "trouble"),
    [
        (file_of("document", file_size=media.LARGEST + 1), b"", media.TOO_LARGE),
        (file_of("document"), bytes(media.LARGEST + 1), media.TOO_LARGE),
        (file_of("document"), b"MZ a program", media.NOT_TAKEN),
        (file_of("document", file_name="photo.jpg"), b"<html>", media.NOT_TAKEN),
        (file_of("voice"), (SAMPLES / "voice.ogg").read_bytes()[:-9], media.DAMAGED),
        (file_of("video"), b"", media.NOT_TAKEN),
    ],
)
async def test_what_cannot_be_taken_is_said(
    phone: Phone, network: TelegramStub, taken: Taken, content: dict[str, Any], sent: bytes, trouble: object
) -> None:
    network.files["f"] = sent
    await agree(phone)
    assert len(await phone.receive(phone.message(**content))) == 1
    assert (taken.last.did, taken.last.file, taken.last.trouble) == (Did.SENT_FILE, None, trouble)


@pytest.mark.parametrize(
    ("where", "fault", "trouble"),
    [
        ("getFile", Fault(400, "Bad Request: file is too big"), media.TOO_LARGE),
        ("getFile", Fault(400, "Bad Request: wrong file_id"), NOT_FETCHED),
        ("getFile", Fault(0), NOT_FETCHED),
        ("getFile", Fault(429, "Too Many Requests", retry_after=3), NOT_FETCHED),
        ("download", Fault(404), NOT_FETCHED),
        ("download", Fault(0), NOT_FETCHED),
    ],
)
async def test_a_file_that_cannot_be_fetched_is_no_failed_turn(
    phone: Phone, network: TelegramStub, taken: Taken, where: str, fault: Fault, trouble: object
) -> None:
    await agree(phone)
    network.faults[where] = [fault]
    assert len(await phone.receive(phone.message(**file_of("voice")))) == 1
    assert taken.last.trouble == trouble


async def test_a_slow_file_holds_only_its_own_chat(
    phone: Phone, network: TelegramStub, taken: Taken, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "FETCH_SECONDS", 0.3)
    other = Phone(phone.receiver, network, chat_id=phone.chat_id + 1)
    file, word = phone.message(**file_of("voice")), other.written("/start")
    network.stuck.add("f")
    await phone.receive(file, word)
    assert [each.chat_id for each in taken.incomings] == [other.chat_id, phone.chat_id]
    assert taken.last.trouble == NOT_FETCHED


def test_a_group_s_files_are_none_of_ours(phone: Phone) -> None:
    update = phone.message(**file_of("voice"))
    update["message"]["chat"] = {"id": -1, "type": "group", "title": "g"}
    assert incoming_of(1, Update.de_json(update, phone.receiver.bot)) is None


async def send_out(phone: Phone, body: dict[str, Any]) -> None:
    database = phone.receiver.database
    async with database.transaction() as session:
        chat = (await session.scalars(select(Chat))).one()
        key = await open_subject(session, chat.subject_id)
        enqueue(session, TELL_PERSON, key=key, payload={}, body={"text": "", "buttons": [], "edit": None} | body)


async def stored(phone: Phone, kind: FileKind, media_type: str, content: bytes) -> str:
    database = phone.receiver.database
    case, chat = await the_case(database), await only(database, Chat)
    async with database.transaction() as session:
        key = await open_subject(session, chat.subject_id)
        return str(store_file(session, case, key, OpenedFile(kind, media_type, "my copy", content)).id)


@pytest.mark.parametrize(
    ("kind", "media_type", "method"),
    [
        (FileKind.IMAGE, media.JPEG, "sendPhoto"),
        (FileKind.VOICE, media.OGG, "sendVoice"),
        (FileKind.VOICE, media.MP3, "sendAudio"),
        (FileKind.DOCUMENT, media.PDF, "sendDocument"),
    ],
)
async def test_a_stored_file_goes_out_with_its_text_and_buttons(
    phone: Phone, database: Database, kind: FileKind, media_type: str, method: str
) -> None:
    await agree(phone)
    file_id = await stored(phone, kind, media_type, b"the content")
    await send_out(phone, {"file": file_id, "text": "Here it is.", "buttons": [[["Menu", "m.menu"]]], "protect": True})
    (sent,) = await phone.receive()
    assert (sent.method, sent.text, sent.file, sent.protected) == (method, "Here it is.", b"the content", True)
    assert sent.buttons == ((("Menu", "m.menu"),),)
    assert (await rows(database, OutboxRow))[-1].sent_as == sent.message_id


async def test_a_text_too_long_for_a_caption_follows_its_file(phone: Phone, database: Database) -> None:
    await agree(phone)
    file_id = await stored(phone, FileKind.IMAGE, media.JPEG, b"x")
    await send_out(phone, {"file": file_id, "text": "word " * 400, "buttons": [[["Menu", "m.menu"]]]})
    picture, text = await phone.receive()
    assert (picture.method, picture.text, picture.buttons) == ("sendPhoto", "", ())
    assert (text.method, text.text, len(text.buttons)) == ("sendMessage", "word " * 400, 1)
    assert (await rows(database, OutboxRow))[-1].sent_as == text.message_id


async def test_when_the_file_is_gone_the_text_is_still_said(phone: Phone, database: Database) -> None:
    await agree(phone)
    await send_out(phone, {"file": "00000000-0000-0000-0000-000000000001", "text": "Here it is."})
    await send_out(phone, {"media": ["arrival", "0", "none.png"], "text": "Look."})
    assert [(each.method, each.text) for each in await phone.receive()] == [
        ("sendMessage", "Here it is."),
        ("sendMessage", "Look."),
    ]
    assert await rows(database, OutboxRow, OutboxRow.state == OutboxState.WAITING) == []


async def test_a_form_s_recording_is_uploaded_once(phone: Phone, network: TelegramStub, database: Database) -> None:
    await agree(phone)
    async with database.transaction() as session:
        sheet = await newest(session, ARRIVAL)
        sound = FormMedia(
            sheet_id=sheet.id, version=sheet.version, name="a.ogg", media_type=media.OGG, content=b"sound"
        )
        session.add(sound)
    body = {"media": [sheet.id, sheet.version, "a.ogg"], "text": "Listen."}
    for _time in range(2):
        await send_out(phone, body)
    first, again = await phone.receive()
    known_as = f"sent-{first.message_id}"
    assert (first.method, first.file, again.file) == ("sendVoice", b"sound", known_as)
    # An id that Telegram no longer knows is no dead end.
    network.faults["sendVoice"] = [Fault(400, "Bad Request: wrong file identifier/HTTP URL specified")]
    await send_out(phone, body)
    (anew,) = await phone.receive()
    assert anew.file == b"sound"
    assert (await only(database, FormMedia)).channel_file_id == f"sent-{anew.message_id}"


async def test_what_was_sent_is_known_by_its_message_id(phone: Phone, database: Database) -> None:
    await agree(phone)
    (question,) = await phone.write("Amie")
    row = (await rows(database, OutboxRow))[-1]
    assert (row.state, row.sent_as, row.body) == (OutboxState.DONE, question.message_id, None)
