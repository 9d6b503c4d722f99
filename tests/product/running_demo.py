"""The demo while it runs, as tests see it."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Demo:
    address: str
    data: Path
    log: Path

    def environment(self) -> dict[str, str]:
        """What a second process needs to work on the demo's database."""
        return {
            **os.environ,
            "HOMEWARD_DATABASE_URL": f"sqlite+aiosqlite:///{self.data / 'homeward.db'}",
            "HOMEWARD_MASTER_KEYS": (self.data / "master.key").read_text(),
        }

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "homeward.cli", *words]
        return subprocess.run(command, env=self.environment(), capture_output=True, text=True, check=False)
