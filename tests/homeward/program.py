"""The program as the person at the terminal meets it: words in, two streams and a code out."""

import sqlite3
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from foundation.sealing import KeyRing
from homeward import cli

PASSWORD = "correct horse battery"
MASTER = KeyRing.new_master("first")


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """The one line of a refusal."""
        assert (self.code, self.out) == (1, ""), self
        (line,) = self.err.splitlines()
        return line


@dataclass
class Program:
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]
    path: Path

    def configure(self, **settings: str | None) -> None:
        """Set `HOMEWARD_` settings; None takes one away."""
        for name, value in settings.items():
            if value is None:
                self.monkeypatch.delenv(f"HOMEWARD_{name.upper()}", raising=False)
            else:
                self.monkeypatch.setenv(f"HOMEWARD_{name.upper()}", value)

    def run(self, *words: object) -> Ended:
        self.monkeypatch.setattr(sys, "argv", ["homeward", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        read = self.capsys.readouterr()
        return Ended(int(ended.value.code or 0), read.out, read.err)

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """What the database file says to someone without the program."""
        connection = sqlite3.connect(self.path)
        try:
            with connection:
                return connection.execute(statement, values).fetchall()
        finally:
            connection.close()
