"""A dangerous configuration is refused in words that name the setting, and never with its value."""

from pathlib import Path
from typing import Any

import pytest

from foundation.settings import Dangerous, Part, Settings, dangers, load_settings, refuse_dangers

MASTER = "one:" + "A" * 43 + "="
"""The same in every process: it is part of names of tests."""
SECRET = "canary-of-a-secret"
EVERY_PART = frozenset(Part)


def configured(folder: Path, **changes: Any) -> Settings:
    """A good configuration of every part, but for what is changed."""
    good = {
        "database_url": f"sqlite+aiosqlite:///{folder}/homeward.db",
        "master_keys": MASTER,
        "telegram_token": f"1:{SECRET}",
        "public_url": "https://homeward.example.org",
    }
    return Settings(_env_file=None, **(good | changes))


def test_a_good_configuration_is_accepted_by_every_part(tmp_path: Path) -> None:
    for changes in (
        {},
        {"database_url": "postgresql+asyncpg://homeward@localhost/homeward"},
        {"telegram_mode": "webhook", "webhook_secret": SECRET},
        {"public_url": "http://127.0.0.1:8000"},
        {"languages": "en"},
    ):
        for part in Part:
            assert list(dangers(configured(tmp_path, **changes), part)) == []


@pytest.mark.parametrize(
    ("name", "value", "parts"),
    [
        ("master_keys", "", EVERY_PART),
        ("master_keys", SECRET, EVERY_PART),
        ("master_keys", f"{MASTER},two:{SECRET}", EVERY_PART),
        ("database_url", f"mysql://user:{SECRET}@host/homeward", EVERY_PART),
        ("database_url", f"postgresql://user:{SECRET}@host/homeward", EVERY_PART),
        ("database_url", "sqlite+aiosqlite:////nowhere/at/all/homeward.db", EVERY_PART),
        ("telegram_token", "", frozenset([Part.BOT, Part.WORKER])),
        ("languages", "xx", EVERY_PART),
        ("public_url", "http://homeward.example.org", frozenset([Part.WEB])),
        ("public_url", "http://192.0.2.1:8000", frozenset([Part.WEB])),
    ],
)
def test_a_danger_is_named_by_its_setting_to_the_parts_that_it_concerns(
    tmp_path: Path, name: str, value: str, parts: frozenset[Part]
) -> None:
    settings = configured(tmp_path, **{name: value})
    for part in Part:
        lines = list(dangers(settings, part))
        assert len(lines) == (part in parts)
        assert all(f"HOMEWARD_{name.upper()}" in line for line in lines)
        assert not any(secret in line for line in lines for secret in (SECRET, MASTER.partition(":")[2]))
        assert all(line.endswith((".", ")")) and "\n" not in line for line in lines)


@pytest.mark.parametrize("secret", ["", "x" * 15])
def test_a_webhook_without_a_real_secret_is_refused(tmp_path: Path, secret: str) -> None:
    settings = configured(tmp_path, telegram_mode="webhook", webhook_secret=secret)
    with pytest.raises(Dangerous, match="HOMEWARD_WEBHOOK_SECRET must be set"):
        refuse_dangers(settings, Part.WEB)


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    settings = configured(tmp_path, master_keys="", database_url="mysql://", telegram_token="")
    with pytest.raises(Dangerous) as refusal:
        refuse_dangers(settings, Part.BOT)
    names = [line.split()[0].rstrip(":") for line in str(refusal.value).splitlines()]
    assert names == ["HOMEWARD_MASTER_KEYS", "HOMEWARD_DATABASE_URL", "HOMEWARD_TELEGRAM_TOKEN"]


@pytest.mark.parametrize("name", ["REPLY_HOURS", "LOG_FORMAT", "TELEGRAM_MODE", "NO_POLICE_ACCESS"])
def test_a_value_that_cannot_be_read_is_named_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(f"HOMEWARD_{name}", SECRET)
    with pytest.raises(Dangerous, match=f"^HOMEWARD_{name}: ") as refusal:
        load_settings()
    assert SECRET not in str(refusal.value)


@pytest.mark.parametrize("hours", ["0", "25"])
def test_a_reply_is_promised_within_a_day(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, hours: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOMEWARD_REPLY_HOURS", hours)
    with pytest.raises(Dangerous, match="HOMEWARD_REPLY_HOURS"):
        load_settings()


def test_settings_are_read_from_a_file_and_the_environment_wins(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("HOMEWARD_OPERATOR=From the file\nHOMEWARD_REPLY_HOURS=5\nUNRELATED=1\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOMEWARD_REPLY_HOURS", "7")
    settings = load_settings()
    assert (settings.operator, settings.reply_hours) == ("From the file", 7)


def test_police_have_access_unless_the_programme_declares_otherwise(tmp_path: Path) -> None:
    assert configured(tmp_path).no_police_access is False


def test_printed_settings_hold_no_secret(tmp_path: Path) -> None:
    settings = configured(
        tmp_path, webhook_secret=SECRET, database_url=f"postgresql+asyncpg://user:{SECRET}@host/homeward"
    )
    assert SECRET not in f"{settings!r} {settings}"
    assert MASTER not in f"{settings!r} {settings}"


@pytest.mark.parametrize(
    ("address", "is_local"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://localhost", True),
        ("http://[::1]:8000", True),
        ("http://127.0.0.1.example.org", False),
        ("http://0.0.0.0:8000", False),
    ],
)
def test_only_this_machine_is_local(tmp_path: Path, address: str, is_local: bool) -> None:  # noqa: FBT001  # a column
    assert configured(tmp_path, public_url=address).is_local is is_local


def test_offered_languages_are_the_complete_ones_that_the_deployment_names(tmp_path: Path) -> None:
    assert configured(tmp_path, languages="en, xx").offered_languages() == ("en",)
    assert "en" in configured(tmp_path).offered_languages()
