"""The baseline: the same dialogue as a python-telegram-bot application that pickles its state after every update.

`python -m tests.bench.pickling CHATS` prints the most MiB its process held with so many conversations under way.
"""

import asyncio
import resource
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import (
    ApplicationBuilder,
    ContextTypes,
    ConversationHandler,
    MessageHandler,
    PersistenceInput,
    PicklePersistence,
    filters,
)

from tests.soak.town import Screens, StubBot

QUESTIONS = 8
ANSWERED_BEFORE = 4
"""Answers that every chat has given before the clock runs."""
_KEYBOARD = InlineKeyboardMarkup([[InlineKeyboardButton(f"Choice {n}", callback_data=f"c{n}")] for n in range(5)])


async def time_pickling(folder: Path, *, chats: int, turns: int) -> list[float]:
    """Seconds of each of `turns` updates with `chats` conversations under way."""
    persistence = PicklePersistence(folder / f"chats-{chats}.pickle", PersistenceInput(), on_flush=True)
    builder = ApplicationBuilder().bot(StubBot(Screens())).updater(None).job_queue(None).persistence(persistence)
    application: Any = builder.build()
    application.add_handler(_conversation())
    await application.initialize()
    next_update = _updates(application.bot, chats)
    for _each in range(chats * ANSWERED_BEFORE):
        await application.process_update(next_update())
    await application.update_persistence()
    seconds = []
    for _each in range(turns):
        update, begun = next_update(), perf_counter()
        await application.process_update(update)
        await application.update_persistence()
        await persistence.flush()
        seconds.append(perf_counter() - begun)
    await application.shutdown()
    return seconds


def _conversation() -> ConversationHandler[Any]:
    steps = [MessageHandler(filters.TEXT, _step(number)) for number in range(QUESTIONS)]
    return ConversationHandler(
        entry_points=[steps[0]],
        states={number: [step] for number, step in enumerate(steps)},
        fallbacks=[],
        name="form",
        persistent=True,
    )


def _step(number: int) -> Callable[[Update, ContextTypes.DEFAULT_TYPE], Any]:
    async def take_answer(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
        answers, message = context.user_data, update.effective_message
        if answers is None or message is None:
            raise LookupError("an update without a person or a message")
        answers[f"question {number}"] = message.text
        await context.bot.send_message(message.chat_id, f"Question {number} of {QUESTIONS}", reply_markup=_KEYBOARD)
        return (number + 1) % QUESTIONS

    return take_answer


def _updates(bot: Any, chats: int) -> Callable[[], Update]:
    """Everybody in turn writes one more answer."""
    sent = 0

    def next_update() -> Update:
        nonlocal sent
        sent += 1
        chat_id = 7_000_000_000 + sent % chats
        user = {"id": chat_id, "is_bot": False, "first_name": "Person"}
        chat = {"id": chat_id, "type": "private"}
        message = {"message_id": sent, "date": 1_790_000_000, "chat": chat, "from": user, "text": f"answer {sent}"}
        return Update.de_json({"update_id": sent, "message": message}, bot)

    return next_update


async def _hold(chats: int) -> None:
    with tempfile.TemporaryDirectory(prefix="homeward-bench-") as folder:
        await time_pickling(Path(folder), chats=chats, turns=1)


if __name__ == "__main__":
    asyncio.run(_hold(int(sys.argv[1])))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)  # noqa: T201  # the answer to the parent
