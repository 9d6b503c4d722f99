"""The composition root: settings become the parts of the program. The only place that knows everyone."""

from collections.abc import Awaitable, Callable

from telegram import Bot

from bot.delivery import OVERALL_PER_SECOND, Delivery, Limits
from bot.receiving import Receiver
from bot.telegram import create_bot
from bot.turns import Desk
from cases.messages import TELL_PERSON
from cases.notices import Programme
from foundation.database import Database
from foundation.outbox import OutboxRow
from foundation.settings import Settings

Handler = Callable[[OutboxRow], Awaitable[None]]

WORKER_SHARE = 0.2
"""Part of Telegram's overall limit that the worker may use; the bot process has the rest."""


def open_database(settings: Settings) -> Database:
    return Database(settings.database_url, settings.key_ring())


def programme_of(settings: Settings) -> Programme:
    return Programme(settings.operator, settings.reply_hours, settings.no_police_access)


def desk_of(settings: Settings) -> Desk:
    return Desk(programme_of(settings), settings.offered_languages())


def create_receiver(settings: Settings, database: Database, bot: Bot) -> Receiver:
    limits = Limits(OVERALL_PER_SECOND * (1 - WORKER_SHARE))
    return Receiver(database, bot, desk_of(settings), Delivery(database, bot, limits))


def outbox_handlers(settings: Settings, database: Database) -> tuple[Bot, dict[str, Handler]]:
    """Who handles which topic; every topic that is ever queued stands here."""
    bot = create_bot(settings)
    delivery = Delivery(database, bot, Limits(OVERALL_PER_SECOND * WORKER_SHARE))
    return bot, {TELL_PERSON: delivery.deliver}
