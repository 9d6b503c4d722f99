"""Log lines: an allow-list of fields, so that nothing personal can reach a log by accident."""

import logging
import sys
import traceback

import structlog
from structlog.typing import EventDict, WrappedLogger

ALLOWED = frozenset(
    [
        "event",
        "level",
        "timestamp",
        "logger",
        "part",
        "attempt",
        "count",
        "error",
        "hash",
        "link",
        "method",
        "milliseconds",
        "reason",
        "route",
        "seconds",
        "status",
        "topic",
    ]
)


def keep_allowed(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {name: value for name, value in event.items() if name in ALLOWED}


class _WordlessFormatter(logging.Formatter):
    """Shows where an error happened and of which kind; its text could quote what somebody sent."""

    def formatException(self, ei: object) -> str:  # noqa: N802  # logging's own name
        kind, _error, trace = ei if isinstance(ei, tuple) else sys.exc_info()
        return "".join(traceback.format_tb(trace)) + (kind.__name__ if kind else "")


def configure_logs(form: str, part: str) -> None:
    """`form`: console or json. Every line names the part of the program that wrote it."""
    renderer = structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            keep_allowed,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )
    structlog.contextvars.bind_contextvars(part=part)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_WordlessFormatter("%(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    for noisy in ("httpx", "httpcore", "telegram"):
        # At INFO httpx logs whole URLs, and with them the bot's token.
        logging.getLogger(noisy).setLevel(logging.WARNING)
