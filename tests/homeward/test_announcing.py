"""A program that asked for it is told of each published release, signed; and again until it takes it."""

import base64
import json
from datetime import date
from uuid import uuid4

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import select

from foundation import clock, outbox
from foundation.database import Database
from foundation.keys import open_house
from foundation.outbox import OutboxRow, OutboxState
from foundation.settings import Part, Settings, dangers
from homeward import announcing
from homeward.announcing import SIGNATURE_HEADER, Announcer
from monitoring.models import Release, ReleaseState
from monitoring.publication import RELEASE_PUBLISHED
from monitoring.signing import signing_keys

WEBHOOK = "https://statistics.example.org/hook"


@pytest.fixture
async def queued(database: Database) -> OutboxRow:
    async with database.transaction() as session:
        session.add(
            Release(
                number=1,
                quarter=date(2026, 1, 1),
                state=ReleaseState.PUBLISHED,
                changed="",
                drafted_at=clock.now(),
                drafted_by=uuid4(),
                published_at=clock.now(),
                policy_version="public-1",
                sha256="0" * 64,
                tables={},
                held={},
            )
        )
        outbox.enqueue(session, RELEASE_PUBLISHED, key=await open_house(session), payload={"release": 1})
    async with database.transaction() as session:
        (row,) = await outbox.claim(session)
    return row


def answering(monkeypatch: pytest.MonkeyPatch, *statuses: int) -> list[httpx.Request]:
    """What is received; each request is answered with the next status, 0 by a broken line."""
    received: list[httpx.Request] = []
    left = list(statuses)

    def answer(request: httpx.Request) -> httpx.Response:
        received.append(request)
        status = left.pop(0)
        if status == 0:
            raise httpx.ConnectError("the line is down")
        return httpx.Response(status)

    client = httpx.AsyncClient
    monkeypatch.setattr(
        announcing.httpx, "AsyncClient", lambda **options: client(transport=httpx.MockTransport(answer), **options)
    )
    return received


async def state_of(database: Database) -> tuple[OutboxState, str | None]:
    async with database.reading() as session:
        row = (await session.scalars(select(OutboxRow))).one()
        return row.state, row.reason


async def test_it_is_told_with_a_signature_that_verifies(
    database: Database, queued: OutboxRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    received = answering(monkeypatch, 204)
    await Announcer(database, Settings(release_webhook=WEBHOOK)).deliver(queued)
    (request,) = received
    told = json.loads(request.content)
    assert (str(request.url), told["number"], told["manifest_sha256"]) == (WEBHOOK, 1, "0" * 64)
    async with database.reading() as session:
        public = (await signing_keys(session))[0].public
    signature = base64.b64decode(request.headers[SIGNATURE_HEADER])
    Ed25519PublicKey.from_public_bytes(public).verify(signature, request.content)
    assert await state_of(database) == (OutboxState.DONE, None)


@pytest.mark.parametrize("status", [0, 302, 404, 503])
async def test_whatever_does_not_take_it_is_told_again_with_the_same_bytes(
    database: Database, queued: OutboxRow, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    received = answering(monkeypatch, status, 200)
    announcer = Announcer(database, Settings(release_webhook=WEBHOOK))
    await announcer.deliver(queued)
    assert await state_of(database) == (OutboxState.WAITING, "webhook")
    await announcer.deliver(queued)
    assert await state_of(database) == (OutboxState.DONE, None)
    assert received[0].content == received[1].content


async def test_nobody_is_told_where_nobody_asked(
    database: Database, queued: OutboxRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    received = answering(monkeypatch)
    await Announcer(database, Settings(release_webhook="")).deliver(queued)
    assert (received, await state_of(database)) == ([], (OutboxState.DONE, "no webhook"))


@pytest.mark.parametrize(
    ("address", "is_refused"),
    [
        (WEBHOOK, False),
        ("http://127.0.0.1:9000/hook", False),
        ("http://statistics.example.org/hook", True),
        ("ftp://statistics.example.org", True),
        ("https://", True),
    ],
)
def test_only_a_safe_address_is_accepted(address: str, *, is_refused: bool) -> None:
    found = list(dangers(Settings(release_webhook=address), Part.TOOL))
    assert any("HOMEWARD_RELEASE_WEBHOOK" in each for each in found) == is_refused
