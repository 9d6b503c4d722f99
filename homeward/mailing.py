"""Mail to partners, over the deployment's own mail server; the standard library's client, in a thread."""

import asyncio
import smtplib
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from foundation import outbox
from foundation.database import Database
from foundation.outbox import DONE, MOST_ATTEMPTS, OutboxRow, OutboxState, Outcome, again, failed
from foundation.settings import Settings
from referrals.check_reminders import note_unreached, write_check_letter
from referrals.notifying import Letter, Notice, write_letter
from referrals.rules import Unreached
from referrals.transfer_letters import write_transfer_letter

TIMEOUT_SECONDS = 20
LONGEST_PAUSE = timedelta(hours=1)
PORTS = {"smtp": 25, "starttls": 587, "smtps": 465}
NO_SERVER = Outcome(OutboxState.DONE, "no mail server")
NOT_NEEDED = Outcome(OutboxState.DONE, "needs no answer")
REFUSED = failed("address refused")
Writing = Callable[[AsyncSession], Awaitable[Letter | None]]
_WRITERS = {"referral": write_letter, "transfer": write_transfer_letter}
"""By what a notice to a partner is about."""


@dataclass(frozen=True, slots=True)
class Postman:
    """The worker's part: writes each letter when it leaves, so that its link is as new as it can be."""

    database: Database
    settings: Settings

    async def deliver(self, row: OutboxRow) -> None:
        """A notice to a partner that a request waits, or that a case is offered."""
        about = next(each for each in _WRITERS if each in row.payload)
        subject, staff = UUID(row.payload[about]), UUID(row.payload["staff"])
        notice = Notice(row.payload["notice"])

        async def write(session: AsyncSession) -> Letter | None:
            return await _WRITERS[about](session, subject, staff, notice, self.settings.public_url)

        await self._settle(row, await self._send(row, write))

    async def ask_provider(self, row: OutboxRow) -> None:
        """A question to a provider whether its entry is still right. Whom no mail reaches, staff have to ask."""
        service_id, settings = UUID(row.payload["service"]), self.settings

        async def write(session: AsyncSession) -> Letter | None:
            return await write_check_letter(session, service_id, settings.public_url, settings.operator)

        outcome = await self._send(row, write)
        unreached = {NO_SERVER: Unreached.NO_SERVER, REFUSED: Unreached.REFUSED}.get(outcome)
        if unreached is not None:
            async with self.database.transaction() as session:
                await note_unreached(session, service_id, unreached)
        await self._settle(row, outcome)

    async def _settle(self, row: OutboxRow, outcome: Outcome) -> None:
        async with self.database.transaction() as session:
            await outbox.settle(session, [row.position], outcome)

    async def _send(self, row: OutboxRow, write: Writing) -> Outcome:
        if not self.settings.mail_url:
            return NO_SERVER
        async with self.database.transaction() as session:
            letter = await write(session)
        if letter is None:
            return NOT_NEEDED
        try:
            await asyncio.to_thread(send, letter, self.settings.mail_url, self.settings.mail_from)
        except smtplib.SMTPRecipientsRefused:
            return REFUSED
        except (smtplib.SMTPException, OSError):
            pause = min(timedelta(minutes=2**row.attempts), LONGEST_PAUSE)
            return again("mail server", pause) if row.attempts < MOST_ATTEMPTS else failed("mail server")
        return DONE


def send(letter: Letter, url: str, sender: str) -> None:
    """Hand one letter to the server. `url`: `smtp://`, `starttls://` or `smtps://`, with user and password if asked."""
    parts = urlsplit(url)
    host, port = parts.hostname or "localhost", parts.port or PORTS[parts.scheme]
    secure = ssl.create_default_context()
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=secure)
    else:
        server = smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
    with server:
        if parts.scheme == "starttls":
            server.starttls(context=secure)
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.send_message(_message(letter, sender))


def _message(letter: Letter, sender: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, letter.to, letter.subject
    # Nobody need answer a machine, and no machine need answer this one.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    return message
