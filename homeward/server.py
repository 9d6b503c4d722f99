"""The web server: says in words that a port is taken, and ends open streams as soon as it is asked to stop."""

import errno
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn

from foundation.settings import Dangerous


def refuse_taken_port(host: str, port: int) -> None:
    """Raises Dangerous if another program listens there."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
            raise Dangerous(f"Port {port} is in use or not allowed. Choose another with --port.") from None


class Server(uvicorn.Server):
    """uvicorn waits for streams before it shuts down; `end_waiting` is called at the first signal to end them."""

    def __init__(self, config: uvicorn.Config, end_waiting: Callable[[], None]) -> None:
        super().__init__(config)
        self.end_waiting = end_waiting

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        refuse_taken_port(self.config.host, self.config.port)
        super().run(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.end_waiting()
        super().handle_exit(sig, frame)
