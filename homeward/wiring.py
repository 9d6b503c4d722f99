"""The composition root: settings become the parts of the program. The only place that knows everyone."""

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from telegram import Bot

from bot.copying import PERSON_COPY, Copier
from bot.delivery import OVERALL_PER_SECOND, Delivery, Limits
from bot.receiving import Receiver
from bot.telegram import create_bot
from bot.turns import Desk
from cases.helplines import use_lines
from cases.messages import TELL_PERSON
from cases.notices import Programme
from cases.surveys import use_weights
from cases.waves import WavesRefused, use_waves
from documents.receipts import Controller
from foundation.database import Database
from foundation.outbox import OutboxRow
from foundation.settings import Dangerous, Settings
from homeward.announcing import Announcer
from homeward.mailing import Postman
from monitoring.boundaries import BoundariesRefused, use_boundaries
from monitoring.publication import RELEASE_PUBLISHED
from questionnaire.scoring import ScoringRefused
from referrals.check_reminders import TELL_PROVIDER
from referrals.freshness import use_check_age
from referrals.notifying import TELL_PARTNER
from referrals.portability import RoutesRefused, use_routes

Handler = Callable[[OutboxRow], Awaitable[None]]

WORKER_SHARE = 0.2
"""Part of Telegram's overall limit that the worker may use; the bot process has the rest."""


def open_database(settings: Settings) -> Database:
    # Every process opens a database first, so none tells people other help lines than the deployment's own.
    use_lines(Path(settings.helplines) if settings.helplines else None)
    use_own_files(settings)
    use_check_age(settings.directory_check_days)
    return Database(settings.database_url, settings.key_ring())


def use_own_files(settings: Settings) -> None:
    """The deployment's own waves, weights, routes, boundaries. Raises Dangerous with what is wrong in their files."""
    draw_with = partial(use_boundaries, by=settings.boundaries_property)
    for name, path, use in (
        ("HOMEWARD_FOLLOW_UP_WAVES", settings.follow_up_waves, use_waves),
        ("HOMEWARD_SURVEY_WEIGHTS", settings.survey_weights, use_weights),
        ("HOMEWARD_PORTABILITY_ROUTES", settings.portability_routes, use_routes),
        ("HOMEWARD_BOUNDARIES", settings.boundaries, draw_with),
    ):
        try:
            use(Path(path) if path else None)
        except (WavesRefused, ScoringRefused, RoutesRefused, BoundariesRefused, UnicodeDecodeError) as refused:
            raise Dangerous(f"{name}: {refused}") from None
        except OSError as fault:
            raise Dangerous(f"{name}: the file cannot be read ({fault.strerror}).") from None


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
    copier = Copier(database, Controller.of(settings))
    postman = Postman(database, settings)
    return bot, {
        TELL_PERSON: delivery.deliver,
        PERSON_COPY: copier.make,
        TELL_PARTNER: postman.deliver,
        TELL_PROVIDER: postman.ask_provider,
        RELEASE_PUBLISHED: Announcer(database, settings).deliver,
    }
