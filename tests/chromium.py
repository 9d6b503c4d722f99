"""The browser of the tests: Debian's where it is installed, else None, which is the one that Playwright has fetched."""

from pathlib import Path

CHROMIUM = next((path for path in ("/usr/bin/chromium", "/usr/bin/chromium-browser") if Path(path).exists()), None)
