"""`python -m tests.soak.phones PORT TOKEN`: the simulator for a crowd, with generous limits and a look at its queue."""

import sys
from collections.abc import Awaitable, Callable

import uvicorn
from fastapi import FastAPI, Request, Response

from simulator.limits import Limits
from simulator.server import create_simulator

GENEROUS = Limits(
    chat_rate=1_000, chat_burst=1_000, total_rate=10_000, total_burst=10_000, phones=20_000, messages_per_phone=5_000
)


def create_phones(token: str) -> FastAPI:
    app = create_simulator(token=token, limits=GENEROUS)
    app.state.polls = 0

    @app.middleware("http")
    async def count_polls(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
        app.state.polls += request.url.path.endswith("/getUpdates")
        return await go_on(request)

    @app.get("/queue")
    async def show_queue() -> dict[str, int]:
        """`polls`: getUpdates calls begun so far; `unconfirmed`: updates that Telegram would deliver again.

        `oldest`: the id of the first of those; 0 when there is none.
        """
        updates = app.state.world.updates
        return {"polls": app.state.polls, "unconfirmed": len(updates), "oldest": updates.oldest}

    return app


if __name__ == "__main__":
    # A connection that is closed for idleness just as a person does something would end the run.
    uvicorn.run(
        create_phones(sys.argv[2]), port=int(sys.argv[1]), access_log=False, log_level="error", timeout_keep_alive=3600
    )
