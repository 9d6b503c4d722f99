"""A mail server of a test: takes what it is sent, or refuses as it is told."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_string, policy
from email.message import EmailMessage


@dataclass
class Mailbox:
    url: str = ""
    refuses: str = ""
    """What it answers to an address, such as `550 no such user`; empty: it takes all."""
    raw: list[str] = field(default_factory=list)

    @property
    def letters(self) -> list[EmailMessage]:
        return [message_from_string(each, policy=policy.default) for each in self.raw]  # type: ignore[misc]


class _Talk(socketserver.StreamRequestHandler):
    server: "_Server"

    def handle(self) -> None:
        self._say("220 test")
        while line := self.rfile.readline().decode().strip():
            word = line.split(" ")[0].upper()
            if word == "DATA":
                self._say("354 go on")
                self.server.mailbox.raw.append(self._letter())
                self._say("250 taken")
            elif word == "QUIT":
                self._say("221 bye")
                return
            elif word == "RCPT" and self.server.mailbox.refuses:
                self._say(self.server.mailbox.refuses)
            else:
                self._say("250 fine")

    def _letter(self) -> str:
        lines = []
        while (line := self.rfile.readline().decode()) != ".\r\n":
            lines.append(line)
        return "".join(lines)

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    mailbox: Mailbox


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    with _Server(("127.0.0.1", 0), _Talk) as server:
        server.mailbox = Mailbox(f"smtp://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server.mailbox
        server.shutdown()
        thread.join()
