"""The page of phones, in a real browser."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator

import pytest
from axe_playwright_python.async_playwright import Axe
from fastapi import FastAPI
from playwright.async_api import Browser, Page, Route, async_playwright, expect
from simulator_stage import TOKEN, Stage, make_bot, serve
from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from simulator.server import create_simulator
from tests.chromium import CHROMIUM

BUTTONS = InlineKeyboardMarkup(
    [[InlineKeyboardButton("۱  بله", callback_data="yes")], [InlineKeyboardButton("۲  خیر", callback_data="no")]]
)
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()


async def answer_next(stage: Stage, offset: int) -> int:
    """Answer one update as a small bot would; returns the next offset."""
    (update, *_) = await stage.bot.get_updates(offset=offset, timeout=5)
    person = update.effective_user
    assert person
    if update.callback_query:
        await update.callback_query.answer("ثبت شد")
        await stage.bot.edit_message_text("متشکرم.\nشماره شما \u2068AB-12\u2069", person.id, 2)
    else:
        await stage.bot.send_message(person.id, "آیا مایل به ادامه هستید؟\nHello", reply_markup=BUTTONS)
    return update.update_id + 1


async def check_accessibility(page: Page) -> None:
    results = await Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


async def test_a_person_writes_taps_and_comes_back(stage: Stage, browser: Browser) -> None:
    page = await browser.new_page(viewport={"width": 360, "height": 740})
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(f"{stage.address}/phone")
    await expect(page.get_by_role("heading", name="Sara")).to_be_visible()
    await check_accessibility(page)

    await page.get_by_role("button", name="START").click()
    offset = await answer_next(stage, 0)
    question = page.locator("[data-message='2'] .words")
    await expect(question).to_have_text("آیا مایل به ادامه هستید؟\nHello")
    assert await question.evaluate("node => getComputedStyle(node).direction") == "rtl"
    await check_accessibility(page)

    await page.locator("[data-message='2'] [data-data='yes']").click()
    offset = await answer_next(stage, offset)
    await expect(question).to_have_text("متشکرم.\nشماره شما \u2068AB-12\u2069")
    await expect(page.get_by_role("status")).to_have_text("ثبت شد")

    writer = page.get_by_role("textbox", name="Message")
    await writer.fill("I am fine\nthank you")
    await writer.press("Enter")
    mine = page.locator("[data-message='3'] .words")
    await expect(mine).to_have_text("I am fine\nthank you")
    assert await mine.evaluate("node => getComputedStyle(node).direction") == "ltr"
    (update,) = await stage.bot.get_updates(offset=offset)
    assert update.message
    assert update.message.text == "I am fine\nthank you"

    await page.reload()
    await expect(page.locator("[data-message]")).to_have_count(3)
    assert await page.evaluate("document.documentElement.scrollWidth") == 360
    assert complaints == []


async def test_what_a_person_does_arrives_in_that_order(stage: Stage, browser: Browser) -> None:
    page = await browser.new_page()
    held: asyncio.Future[Route] = asyncio.get_running_loop().create_future()

    async def hold_the_first(route: Route) -> None:
        if held.done():
            await route.continue_()
        else:
            held.set_result(route)

    await page.route("**/actions", hold_the_first)
    await page.goto(f"{stage.address}/phone")
    await page.get_by_role("button", name="START").click()
    writer = page.get_by_role("textbox", name="Message")
    await writer.fill("second")
    await writer.press("Enter")
    await page.wait_for_function("document.querySelector('textarea').value === ''")
    first = await held
    assert await stage.bot.get_updates() == ()
    await first.continue_()
    await expect(page.locator("[data-message='2'] .words")).to_have_text("second")
    texts = [update.message.text for update in await stage.bot.get_updates() if update.message]
    assert texts == ["/start", "second"]


async def test_a_person_edits_attaches_and_blocks(stage: Stage, browser: Browser) -> None:
    page = await browser.new_page()
    await page.goto(f"{stage.address}/phone")
    await page.get_by_role("button", name="START").click()
    await page.locator("[data-message='1']").get_by_role("button", name="Edit").click()
    writer = page.get_by_role("textbox", name="Message")
    await expect(writer).to_have_value("/start")
    await writer.fill("/help")
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(page.locator("[data-message='1'] .words")).to_have_text("/help")

    picture = {"name": "me.png", "mimeType": "image/png", "buffer": PICTURE}
    await page.get_by_label("Attach a photo or a file").set_input_files(picture)
    await expect(page.get_by_alt_text("Photo")).to_be_visible()
    await page.get_by_label("Attach a voice message").set_input_files(
        {"name": "me.ogg", "mimeType": "audio/ogg", "buffer": b"OggS"}
    )
    await expect(page.locator("[data-message='3'] audio")).to_be_visible()

    await page.get_by_role("button", name="Block the bot").click()
    await expect(writer).to_be_disabled()
    kinds = [next(key for key in update.to_dict() if key != "update_id") for update in await stage.bot.get_updates()]
    assert kinds == ["message", "edited_message", "message", "message", "my_chat_member"]
    await check_accessibility(page)


async def test_a_person_sends_a_place_and_a_recording(stage: Stage, browser: Browser) -> None:
    page = await browser.new_page(viewport={"width": 360, "height": 740})
    await page.goto(f"{stage.address}/phone")
    await page.get_by_role("button", name="START").click()
    await page.get_by_role("button", name="Send a place").click()
    await page.get_by_label("Latitude").fill("-1.2921")
    await page.get_by_label("Longitude").fill("36.8219")
    await check_accessibility(page)
    await page.get_by_role("button", name="OK").click()
    await expect(page.locator("[data-message='2']")).to_contain_text("-1.2921, 36.8219")
    attach = page.get_by_label("Attach a photo or a file")
    await attach.set_input_files({"name": "story.mp3", "mimeType": "audio/mpeg", "buffer": b"ID3"})
    await expect(page.locator("[data-message='3'] audio")).to_be_visible()
    await attach.set_input_files({"name": "paper.pdf", "mimeType": "application/pdf", "buffer": b"%PDF"})
    await expect(page.locator("[data-message='4'] a")).to_have_attribute("download", "paper.pdf")
    sent = [update.message for update in await stage.bot.get_updates() if update.message]
    assert sent[1].location
    assert (sent[1].location.latitude, sent[1].location.longitude) == (-1.2921, 36.8219)
    assert [bool(message.audio) for message in sent] == [False, False, True, False]
    assert sent[3].document
    assert await page.evaluate("document.documentElement.scrollWidth") == 360
    await check_accessibility(page)


async def test_what_the_bot_sends_is_shown_in_any_script(stage: Stage, browser: Browser) -> None:
    phone = await stage.hand.new_phone("ሰላም", "am")
    await stage.hand.act(phone, "start")
    page = await browser.new_page(viewport={"width": 360, "height": 740})
    held = json.dumps({"id": phone, "first_name": "ሰላም"})
    await page.add_init_script(
        f"localStorage['phone-0'] = {json.dumps(held)}"
    )  # before the page takes a phone of its own
    await page.goto(f"{stage.address}/phone")
    label = InlineKeyboardButton("ወደ አገርዎ ለመመለስ ስለሚያስፈልግዎ ነገር ከአንድ ሰው ጋር መነጋገር ይፈልጋሉ? " * 3, callback_data="x")
    await stage.bot.send_message(
        phone, "আপনার উত্তর আমরা রেখেছি। " * 5, reply_markup=InlineKeyboardMarkup([[label, label]])
    )
    await stage.bot.send_photo(phone, PICTURE, caption="Look", protect_content=True)
    await stage.bot.send_voice(phone, b"OggS", caption="Listen")
    await stage.bot.send_audio(phone, b"ID3", filename="story.mp3")
    await stage.bot.send_document(phone, b"%PDF", filename="plan.pdf")
    await stage.bot.send_document(phone, b"%PDF", filename="secret.pdf", protect_content=True)

    secret = page.locator("[data-message='7']")
    await expect(secret.get_by_role("img", name="Protected")).to_be_visible()
    assert await secret.get_by_role("link").get_attribute("download") is None
    await expect(page.get_by_role("img", name="Protected")).to_have_count(2)
    await expect(page.locator("[data-message='6'] a")).to_have_attribute("download", "plan.pdf")
    await expect(page.locator("audio[controls]")).to_have_count(2)
    await expect(page.locator("[data-message='3'] img")).to_have_js_property("naturalWidth", 1)

    button = page.locator("[data-message='2'] [data-data='x']").first
    assert await button.evaluate("node => node.scrollWidth <= node.clientWidth")
    assert await button.evaluate("node => node.clientHeight > 3 * parseFloat(getComputedStyle(node).lineHeight)")
    assert await page.evaluate("document.documentElement.scrollWidth") == 360
    assert await page.locator(".log").get_attribute("lang") == "am"
    await check_accessibility(page)


async def test_phones_stand_side_by_side_and_can_be_renewed(stage: Stage, browser: Browser) -> None:
    page = await browser.new_page(viewport={"width": 1280, "height": 800})
    await page.goto(f"{stage.address}/phone?phones=3")
    phones = page.locator("[data-phone]")
    await expect(phones).to_have_count(3)
    boxes = await asyncio.gather(*(phone.bounding_box() for phone in await phones.all()))
    assert len({box["y"] for box in boxes if box}) == 1
    before = await phones.first.get_attribute("data-phone")

    await phones.first.get_by_role("button", name="New phone").click()
    await page.get_by_label("Name").fill("مریم")
    await page.get_by_label("Language").fill("fa")
    await check_accessibility(page)
    await page.get_by_role("button", name="OK").click()
    await expect(phones.first.get_by_role("heading")).to_contain_text("مریم")
    assert await phones.first.get_attribute("data-phone") != before
    await check_accessibility(page)


async def test_the_simulator_can_live_under_a_prefix(browser: Browser) -> None:
    outer = FastAPI()
    outer.mount("/demo", create_simulator(token=TOKEN))
    async with serve(outer) as address, make_bot(f"{address}/demo", TOKEN) as bot:
        page = await browser.new_page()
        await page.goto(f"{address}/demo/phone")
        await page.get_by_role("button", name="START").click()
        (update,) = await bot.get_updates(timeout=5)
        assert update.message
        await bot.send_message(update.message.chat.id, "Welcome")
        await expect(page.locator("[data-message='2'] .words")).to_have_text("Welcome")
