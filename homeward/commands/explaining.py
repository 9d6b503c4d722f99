"""Errors in the words of the command line: one line, without personal data."""

import structlog
import typer
from sqlalchemy.exc import DBAPIError, OperationalError
from telegram.error import InvalidToken

from foundation.errors import Refusal
from foundation.language import SOURCE_LANGUAGE, say
from foundation.sealing import WrongKey
from foundation.settings import Dangerous
from monitoring.boundaries import BoundariesRefused
from questionnaire.problems import Problem
from questionnaire.scoring import ScoringRefused
from referrals.csv_files import FileRefused
from referrals.csv_files import Problem as FileProblem
from referrals.hsds_package import DirectoryRefused
from referrals.hsds_package import Problem as DirectoryProblem


def explain(error: Exception) -> str:
    """An error as one line for the person at the terminal, without personal data."""
    match error:
        case DirectoryRefused():
            return "\n".join(where_in_directory(each) for each in error.problems)
        case FileRefused():
            return "\n".join(where_in_file(each) for each in error.problems)
        case Refusal():
            return say(SOURCE_LANGUAGE, error.message)
        case Dangerous() | WrongKey() | ScoringRefused() | BoundariesRefused():
            return str(error)
        case InvalidToken():
            return "Telegram does not accept HOMEWARD_TELEGRAM_TOKEN."
        case OperationalError() | DBAPIError() | ConnectionError():
            return f"The database cannot be reached or used ({type(error).__name__}). See HOMEWARD_DATABASE_URL."
        case OSError():
            return f"{error.strerror}: {error.filename}" if error.filename else str(error.strerror or error)
        case _ if isinstance(error, typer.BadParameter) or type(error).__module__.startswith(("click", "typer")):
            return getattr(error, "format_message", lambda: str(error))()
        case _:
            structlog.get_logger().error("command_failed", error=type(error).__name__)
            return f"Something unexpected went wrong ({type(error).__name__}). Nothing half done was kept."


def where(problem: Problem) -> str:
    """Where a form is faulty; a fault of the whole file or sheet has no row and no column."""
    parts = (problem.sheet or "file", f"row {problem.row}" if problem.row else "", problem.column)
    return ", ".join(part for part in parts if part)


def where_in_directory(problem: DirectoryProblem) -> str:
    """Where a directory is faulty, and why; a fault of the whole file has no table, no place and no field."""
    parts = (problem.table or "file", say(SOURCE_LANGUAGE, problem.place), problem.field)
    return f"{', '.join(part for part in parts if part)}: {say(SOURCE_LANGUAGE, problem.reason)}"


def where_in_file(problem: FileProblem) -> str:
    """Where a table that someone brought is faulty, and why."""
    parts = (f"row {problem.row}" if problem.row else "file", problem.column)
    return f"{', '.join(part for part in parts if part)}: {say(SOURCE_LANGUAGE, problem.reason)}"
