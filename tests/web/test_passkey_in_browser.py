"""A passkey in a real browser, with an authenticator that the browser itself plays: the script that talks to it."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from axe_playwright_python.async_playwright import Axe
from fastapi import FastAPI
from playwright.async_api import Page, async_playwright, expect
from web_browser import PASSWORD, email_of

from access.rules import Role
from foundation.database import Database
from foundation.settings import Settings
from tests.chromium import CHROMIUM
from web.app import create_app


@asynccontextmanager
async def served(database: Database) -> AsyncIterator[str]:
    """The application at a name: browsers give no passkeys to an address of numbers."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        address = f"http://localhost:{sock.getsockname()[1]}"
        app: FastAPI = create_app(database, Settings(_env_file=None, public_url=address))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
        task = asyncio.create_task(server.serve(sockets=[sock]))
        try:
            yield address
        finally:
            server.should_exit = True
            await task


async def sign_in(page: Page) -> None:
    await page.goto("/")
    await page.get_by_label("E-mail address").fill(email_of(Role.CASEWORKER))
    await page.get_by_label("Password").fill(PASSWORD)
    await page.locator("main form button").click()


async def check(page: Page) -> None:
    """Accessible, and no wider than a small phone."""
    results = await Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_passkey_is_set_up_and_lets_in(app: FastAPI, database: Database) -> None:
    async with served(database) as address, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = await browser.new_context(base_url=address, viewport={"width": 360, "height": 740})
        page = await context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        devtools = await context.new_cdp_session(page)
        await devtools.send("WebAuthn.enable")
        options = {"protocol": "ctap2", "transport": "internal", "hasUserVerification": True, "isUserVerified": True}
        made = await devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options | {"hasResidentKey": True}})
        await sign_in(page)
        await expect(page.get_by_role("heading", level=1)).to_have_text("Second step at sign-in")
        await check(page)
        await page.get_by_role("button", name="Set up an app").click()
        await expect(page.locator("img.qr")).to_be_visible()
        await check(page)
        await page.get_by_label("A name for it").fill("My laptop")
        await page.get_by_role("button", name="Set up a passkey").click()
        await expect(page.get_by_role("heading", name="Your recovery codes, shown only now")).to_be_visible()
        await check(page)
        await page.get_by_role("link", name="I have kept them").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Today")
        for path in ("/account", "/break-glass/new"):
            await page.goto(path)
            await check(page)
        await page.get_by_role("button", name="Sign out").click()
        await sign_in(page)
        await expect(page.get_by_role("heading", level=1)).to_have_text("Second step")
        await check(page)
        await page.get_by_role("button", name="Use a passkey").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Today")
        await page.goto("/account/second-step")
        await expect(page.get_by_text("My laptop").first).to_be_visible()
        # Whose browser shows no passkey is told so, and can use a code.
        await page.get_by_role("button", name="Sign out").click()
        await sign_in(page)
        await devtools.send("WebAuthn.removeVirtualAuthenticator", made)
        await devtools.send(
            "WebAuthn.addVirtualAuthenticator", {"options": options | {"automaticPresenceSimulation": True}}
        )
        await page.get_by_role("button", name="Use a passkey").click()
        await expect(page.get_by_role("alert")).to_contain_text("showed no passkey", timeout=20_000)
        await browser.close()
        assert not complaints
