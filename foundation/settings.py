"""Settings from the environment or a `.env` file. A dangerous configuration is refused in words, before a start."""

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from foundation.language import complete_languages, reviewed_languages
from foundation.sealing import KeyRing, WrongKey

SQLITE_FILE = "sqlite+aiosqlite:///"
SHORTEST_WEBHOOK_SECRET = 16
MAIL_SCHEMES = frozenset(["smtp", "starttls", "smtps"])
_LOCAL_HOSTS = frozenset(["127.0.0.1", "localhost", "::1"])


class Dangerous(Exception):
    """The configuration would put people at risk or cannot work. One sentence a line, for the person who deploys."""


class Part(StrEnum):
    """The processes of the program; each has its own needs of the configuration."""

    WEB = "web"
    BOT = "bot"
    WORKER = "worker"
    TOOL = "tool"


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="HOMEWARD_", env_file=".env", extra="ignore")

    database_url: str = Field(  # may hold a password
        f"{SQLITE_FILE}./homeward.db", description="SQLAlchemy async URL of the database", repr=False
    )
    master_keys: str = Field(
        "", description="comma-separated id:base64 of 32 bytes; the first wraps new keys", repr=False
    )
    telegram_token: str = Field("", description="the bot's token", repr=False)
    telegram_api: str = Field("https://api.telegram.org", description="base address of the Bot API server")
    telegram_mode: Literal["polling", "webhook"] = Field("polling", description="how updates are received")
    webhook_secret: str = Field("", description="compared with X-Telegram-Bot-Api-Secret-Token", repr=False)
    public_url: str = Field("http://127.0.0.1:8000", description="the address that people and partners reach")
    languages: str = Field("", description="languages offered to returnees, comma-separated; empty: all complete ones")
    reviewed_languages_only: bool = Field(
        default=False, description="offer returnees only languages that a native speaker has reviewed, and English"
    )
    second_factor: Literal["required", "offered"] = Field(
        "required", description="whether everyone who opens cases must sign in with a second factor"
    )
    log_format: Literal["console", "json"] = Field("console", description="how log lines are written")
    operator: str = Field("the Homeward reintegration service", description="who runs this, named in the data notice")
    operator_address: str = Field("", description="postal address of the operator, named in receipts of consent")
    operator_contact: str = Field("", description="how to reach whoever answers for data there, named in receipts")
    jurisdiction: str = Field("", description="whose law the data is kept under, named in receipts of consent")
    storage_location: str = Field("", description="where the data is kept, such as a country; named in receipts")
    reply_hours: int = Field(24, ge=1, le=24, description="published time to a first human reply, in hours")
    helplines: str = Field("", description="a file of help lines of your own; empty: the program's, unconfirmed ones")
    no_police_access: bool = Field(
        default=False, description="set to true only if the programme declares that police and immigration get no data"
    )
    mail_url: str = Field(  # may hold a password
        "", description="mail server that partners are told over: smtp://, starttls:// or smtps://", repr=False
    )
    mail_from: str = Field("", description="the address that such mail comes from")
    directory_check_days: int = Field(
        180, ge=30, le=1000, description="days after which an entry of the directory must be checked again"
    )
    release_webhook: str = Field(  # may hold a secret in its path
        "", description="address that is told of each published release by a signed request; empty: none", repr=False
    )
    boundaries: str = Field("", description="path of a GeoJSON file with the boundaries of areas; empty: no maps")
    boundaries_property: str = Field(
        "area", min_length=1, description="property of its features that holds the code of the area"
    )
    follow_up_waves: str = Field("", description="path of a list of follow-up waves; empty: the built-in one")
    portability_routes: str = Field("", description="path of routes for claims abroad; empty: the built-in ones")
    survey_weights: str = Field("", description="path of weights for the reintegration survey; empty: the interim ones")

    def offered_languages(self) -> tuple[str, ...]:
        """The complete languages, narrowed to those the deployment names and, if it says so, to reviewed ones."""
        wanted = [code.strip().replace("-", "_") for code in self.languages.split(",") if code.strip()]
        ready = reviewed_languages("person") if self.reviewed_languages_only else complete_languages("person")
        return tuple(code for code in ready if not wanted or code in wanted)

    def key_ring(self) -> KeyRing:
        return KeyRing.parse(self.master_keys)

    @property
    def is_local(self) -> bool:
        return urlsplit(self.public_url).hostname in _LOCAL_HOSTS


def load_settings() -> Settings:
    """Settings of this process. Raises Dangerous naming the setting, never its value."""
    try:
        return Settings()  # type: ignore[call-arg]  # every field has a default; the plugin-free checker cannot see it
    except ValidationError as error:
        lines = [f"HOMEWARD_{str(problem['loc'][0]).upper()}: {problem['msg']}." for problem in error.errors()]
        raise Dangerous("\n".join(lines)) from None


def refuse_dangers(settings: Settings, part: Part) -> None:
    """Raise Dangerous with every problem that keeps `part` from starting safely."""
    problems = list(dangers(settings, part))
    if problems:
        raise Dangerous("\n".join(problems))


def dangers(settings: Settings, part: Part) -> Iterator[str]:
    yield from _key_dangers(settings)
    yield from _database_dangers(settings)
    if settings.languages and not settings.offered_languages():
        yield "HOMEWARD_LANGUAGES names no language with a complete (and, if you ask for that, reviewed) catalogue."
    if part in (Part.BOT, Part.WORKER) and not settings.telegram_token:
        yield "HOMEWARD_TELEGRAM_TOKEN is not set: the bot cannot speak to Telegram."
    if settings.telegram_mode == "webhook" and len(settings.webhook_secret) < SHORTEST_WEBHOOK_SECRET:
        yield (
            "HOMEWARD_WEBHOOK_SECRET must be set to at least 16 characters in webhook mode: "
            "without it anyone could speak as any person."
        )
    yield from _mail_dangers(settings)
    yield from _webhook_dangers(settings)
    if part is Part.WEB and not settings.is_local and not settings.public_url.startswith("https://"):
        yield "HOMEWARD_PUBLIC_URL must start with https:// where others reach it: sign-ins would be readable."


def _mail_dangers(settings: Settings) -> Iterator[str]:
    if not settings.mail_url:
        return
    try:
        parts = urlsplit(settings.mail_url)
        is_address = bool(parts.hostname) and parts.port != 0
    except ValueError:
        yield "HOMEWARD_MAIL_URL is not an address that can be read."
        return
    if parts.scheme not in MAIL_SCHEMES or not is_address:
        yield "HOMEWARD_MAIL_URL must be smtp://HOST, starttls://HOST or smtps://HOST, with USER:PASSWORD@ if asked."
    elif parts.password and parts.scheme == "smtp" and parts.hostname not in _LOCAL_HOSTS:
        yield "HOMEWARD_MAIL_URL would send its password in clear: use starttls:// or smtps://."
    if "@" not in settings.mail_from:
        yield "HOMEWARD_MAIL_FROM must be an e-mail address where HOMEWARD_MAIL_URL is set."


def _webhook_dangers(settings: Settings) -> Iterator[str]:
    if not settings.release_webhook:
        return
    try:
        parts = urlsplit(settings.release_webhook)
    except ValueError:
        yield "HOMEWARD_RELEASE_WEBHOOK is not an address that can be read."
        return
    is_local = parts.scheme == "http" and parts.hostname in _LOCAL_HOSTS
    if not parts.hostname or not (parts.scheme == "https" or is_local):
        yield "HOMEWARD_RELEASE_WEBHOOK must start with https://."


def _key_dangers(settings: Settings) -> Iterator[str]:
    if not settings.master_keys:
        yield (
            "HOMEWARD_MASTER_KEYS is not set: nothing personal could be sealed. "
            "Make one with `homeward keys new NAME`, and keep a copy outside this machine."
        )
        return
    try:
        settings.key_ring()
    except WrongKey as error:
        yield f"HOMEWARD_MASTER_KEYS: {error}"


def _database_dangers(settings: Settings) -> Iterator[str]:
    url = settings.database_url
    if url.startswith(SQLITE_FILE):
        folder = Path(url.removeprefix(SQLITE_FILE)).resolve().parent
        if not folder.is_dir():
            yield f"HOMEWARD_DATABASE_URL: the folder of the database file does not exist ({folder.name}/)."
    elif not url.startswith("postgresql+asyncpg://"):
        yield "HOMEWARD_DATABASE_URL must start with sqlite+aiosqlite:/// or postgresql+asyncpg://."
