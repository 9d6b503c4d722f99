"""One address for the demo: the pages, and beside them the phones and the Bot API of the simulator."""

import os
import re

import uvicorn
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

import simulator.server
import web.app
from foundation.settings import Part, load_settings, refuse_dangers
from homeward.asgi import create_asgi
from homeward.logs import configure_logs
from homeward.server import Server

PORT = "HOMEWARD_DEMO_PORT"
_OF_SIMULATOR = re.compile(r"/(?:phone|simulator|bot\d|file/bot\d|static/phone)")


class Site:
    """Sends each request to the application it belongs to; start and end concern the pages."""

    def __init__(self, pages: FastAPI, phones: FastAPI) -> None:
        self.pages = pages
        self.phones = phones

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        belongs_to_phones = scope["type"] == "http" and _OF_SIMULATOR.match(scope["path"])
        application = self.phones if belongs_to_phones else self.pages
        await application(scope, receive, send)

    def end_waiting(self) -> None:
        web.app.end_streams(self.pages)
        simulator.server.end_streams(self.phones)


def main() -> None:
    settings = load_settings()
    refuse_dangers(settings, Part.WEB)
    configure_logs(settings.log_format, Part.WEB)
    pages = create_asgi(settings)
    site = Site(pages, simulator.server.create_simulator(token=settings.telegram_token, name="Homeward"))
    config = uvicorn.Config(
        site,
        host="127.0.0.1",
        port=int(os.environ[PORT]),
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=3,
    )
    Server(config, site.end_waiting).run()


if __name__ == "__main__":
    main()
