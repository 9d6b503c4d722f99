"""Telling another program that there is a new release: one signed request, repeated until it is taken."""

import json
from dataclasses import dataclass
from datetime import timedelta

import httpx

from foundation import outbox
from foundation.database import Database
from foundation.outbox import DONE, MOST_ATTEMPTS, OutboxRow, OutboxState, Outcome, again, failed
from foundation.settings import Settings
from monitoring.models import Release
from monitoring.signing import sign

SIGNATURE_HEADER = "Homeward-Signature"
"""Ed25519 over the body, in base64; it verifies by the same public key as the releases."""
TIMEOUT_SECONDS = 20
LONGEST_PAUSE = timedelta(hours=1)
NOBODY = Outcome(OutboxState.DONE, "no webhook")


@dataclass(frozen=True, slots=True)
class Announcer:
    """The worker's part. The body holds numbers, days and hashes: nothing of it is secret."""

    database: Database
    settings: Settings

    async def deliver(self, row: OutboxRow) -> None:
        outcome = await self._send(row) if self.settings.release_webhook else NOBODY
        async with self.database.transaction() as session:
            await outbox.settle(session, [row.position], outcome)

    async def _send(self, row: OutboxRow) -> Outcome:
        async with self.database.transaction() as session:
            release = await session.get_one(Release, int(row.payload["release"]))
            body = body_of(release, self.settings.public_url)
            signature, _public_key = await sign(session, body)
        headers = {"Content-Type": "application/json", SIGNATURE_HEADER: signature.decode().strip()}
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS) as client:
                answer = await client.post(self.settings.release_webhook, content=body, headers=headers)
            if answer.is_success:
                return DONE
        except httpx.HTTPError:
            pass
        pause = min(timedelta(minutes=2**row.attempts), LONGEST_PAUSE)
        return again("webhook", pause) if row.attempts < MOST_ATTEMPTS else failed("webhook")


def body_of(release: Release, public_url: str) -> bytes:
    """What is told of a published release. A repeated request has the same bytes, by which it is known."""
    told = {
        "event": "release.published",
        "number": release.number,
        "quarter": release.quarter.isoformat(),
        "corrects": release.corrects,
        "published_at": release.published_at and release.published_at.isoformat(),
        "manifest_sha256": release.sha256,
        "url": f"{public_url.rstrip('/')}/api/v1/releases/{release.number}",
    }
    return json.dumps(told, sort_keys=True, separators=(",", ":")).encode()
