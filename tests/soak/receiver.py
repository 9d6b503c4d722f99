"""A bot process of its own for `soak shuffle`: a line of updates in, a line of what was sent out."""

import asyncio
import json
import sys

from telegram import Update

from bot.delivery import Delivery
from bot.receiving import Receiver
from foundation.settings import load_settings
from homeward.wiring import desk_of, open_database
from tests.soak.town import Screens, StubBot, Unhurried


async def serve() -> None:
    settings = load_settings()
    database, screens = open_database(settings), Screens()
    bot = StubBot(screens)
    receiver = Receiver(database, bot, desk_of(settings), Delivery(database, bot, Unhurried()))
    while line := await asyncio.to_thread(sys.stdin.readline):
        await receiver.receive([Update.de_json(each, bot) for each in json.loads(line)])
        await receiver.finish_sending()
        sent = [(chat_id, each.text, each.buttons) for chat_id, shown in screens.shown.items() for each in shown]
        screens.shown.clear()
        print(json.dumps(sent), flush=True)  # noqa: T201  # the answer to the parent


if __name__ == "__main__":
    asyncio.run(serve())
