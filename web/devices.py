"""Which browser someone signs in with: enough to know one's own sessions apart, too little to follow anyone."""

from fastapi import Request

BROWSERS: tuple[tuple[str, str, str], ...] = (
    ("Edg", "edge", "Edge"),
    ("OPR/", "opera", "Opera"),
    ("SamsungBrowser/", "samsung", "Samsung Internet"),
    ("Firefox/", "firefox", "Firefox"),
    ("FxiOS/", "firefox", "Firefox"),
    ("Chrome/", "chrome", "Chrome"),
    ("CriOS/", "chrome", "Chrome"),
    ("Safari/", "safari", "Safari"),
)
SYSTEMS: tuple[tuple[str, str, str], ...] = (
    ("Android", "android", "Android"),
    ("iPhone", "ios", "iOS"),
    ("iPad", "ios", "iOS"),
    ("Windows", "windows", "Windows"),
    ("Mac OS X", "macos", "macOS"),
    ("CrOS", "chromeos", "ChromeOS"),
    ("Linux", "linux", "Linux"),
)
"""What a browser calls itself, the code that is kept, and the name. Earlier rows win: browsers claim to be others."""


def device_of(request: Request) -> str:
    """Two codes, such as `firefox.windows`; empty where either is not known."""
    agent = request.headers.get("user-agent", "")[:500]
    browser = next((code for mark, code, _name in BROWSERS if mark in agent), "")
    system = next((code for mark, code, _name in SYSTEMS if mark in agent), "")
    return f"{browser}.{system}" if browser and system else ""


def device_name(device: str) -> tuple[str, str] | None:
    """The names of browser and system, which are the same in every language."""
    browser, _dot, system = device.partition(".")
    names = [{code: name for _mark, code, name in table} for table in (BROWSERS, SYSTEMS)]
    return (names[0][browser], names[1][system]) if browser in names[0] and system in names[1] else None
