"""Making a release in a process of its own: protecting takes minutes, and whoever asked goes on answering meanwhile."""

import asyncio
import signal
from multiprocessing import get_context
from multiprocessing.connection import Connection

from foundation.errors import Conflict
from foundation.language import Message
from monitoring.making import Counted, Made, Tell, make


async def make_apart(counted: Counted, tell: Tell) -> Made:
    """What `making.make` makes. Raises Conflict as it does, and EOFError if the process dies."""
    context = get_context("spawn")  # forked, it would hold this one's threads and connections
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_make, args=(theirs, counted), daemon=True)
    await asyncio.to_thread(process.start)
    theirs.close()
    try:
        while isinstance(told := await asyncio.to_thread(ours.recv), int):
            tell(told)
    finally:
        process.kill()  # when it has told everything there is nothing left to do; else nobody waits any more
        await asyncio.to_thread(process.join)
    if isinstance(told, Message):
        raise Conflict(told)
    made: Made = told
    return made


def _make(connection: Connection, counted: Counted) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever waits for it is interrupted, and ends it
    try:
        connection.send(make(counted, connection.send))
    except Conflict as refusal:
        connection.send(refusal.message)
