"""`python -m simulator`: the simulator on a port of its own."""

import argparse

import uvicorn

from simulator.server import create_simulator


def main() -> None:
    parser = argparse.ArgumentParser(prog="simulator", description="A local stand-in for the Telegram Bot API.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--token", default="100:local-simulator", help="the bot's token: digits, a colon, letters")
    chosen = parser.parse_args()
    app = create_simulator(token=chosen.token)
    # The address of each call holds the token; the access log would keep it.
    uvicorn.run(app, host=chosen.host, port=chosen.port, access_log=False, timeout_graceful_shutdown=3)


if __name__ == "__main__":
    main()
