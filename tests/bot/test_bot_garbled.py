"""What no button of ours carries, and texts that only look like commands or markup: answered kindly, never an error."""

from bot_records import answers, only, rows
from journeys import agree, to_company
from phone import Phone

from bot.models import Chat, DeadLetter
from bot.screens import SKIP
from foundation.database import Database

GARBLED = [
    "",
    "q",
    "q:",
    "q:::",
    "q:x:choose:0",
    "q:{nonce}:choose:99",
    "q:{nonce}:choose:-1",
    "q:{nonce}:choose:٣",
    "q:{nonce}:choose:1" + "0" * 30,
    "q:{nonce}:pick:0",
    "q:{nonce}:done:",
    "q:{nonce}:view:7",
    "q:{nonce}:read:",
    "q:{nonce}:keep:",
    "q:{nonce}:send:",
    "q:{nonce}:goto:0",
    "q:{nonce}:drop-table:1",
    "c:x:yes",
    "c",
    "w:nonsense",
    "w:00000000000000000000000000000009",
    "w.yes:00000000000000000000000000000009",
    "share.yes:nonsense",
    "share.no:00000000000000000000000000000009",
    "m.services:XX:0",
    "m.services:TN:-1",
    "m.turn:TN:99",
    "m.kind:TN:weapons",
    "m.kind:TN",
    "m.language:xx",
    "m.delete.yes:old",
    "m.nothing",
]


async def test_a_garbled_tap_is_answered_kindly_and_changes_nothing(phone: Phone, database: Database) -> None:
    await agree(phone)
    await phone.write("Amie")
    before = await answers(database)
    for data in GARBLED:
        await phone.tap_data("m.begin")
        nonce = (await only(database, Chat)).place["nonce"]
        assert await phone.tap_data(data.format(nonce=nonce)), data
        assert await answers(database) == before, data
    assert await rows(database, DeadLetter) == []


async def test_a_garbled_tap_on_the_review_shows_the_review(phone: Phone, database: Database) -> None:
    await to_company(phone)
    await phone.tap(SKIP)
    await phone.tap(SKIP)
    for verb in ("goto:99", "goto:-1", "edit:99", "choose:1", "skip:", "nonsense:"):
        nonce = (await only(database, Chat)).place["nonce"]
        (review,) = await phone.tap_data(f"q:{nonce}:{verb}")
        assert review.text.startswith("Please check your answers."), verb
    assert await rows(database, DeadLetter) == []


async def test_odd_texts_are_only_texts(phone: Phone, database: Database) -> None:
    await agree(phone)
    for text in ("/", "/ ", "/ 3 May", "//", "/@", "/é", "\u200f", "\x00", "{name}", "%s", "<b>"):
        assert await phone.receive(phone.message(text=text)), text
    assert await rows(database, DeadLetter) == []
