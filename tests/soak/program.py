"""`python -m tests.soak.program bot|worker|serve`: the program itself, with shorter waits.

What a killed process had leased is taken over once the lease has run out. A short one lets a run of hundreds of kills
end within minutes, and is the harder test: a slow process is overtaken while it still sends. A program that waits for
something new is answered as soon, which is what makes thousands of such requests possible.
"""

from datetime import timedelta

from foundation import outbox
from web.api import case_messages

LEASE_SECONDS = 4
POLL_SECONDS = 0.02

if __name__ == "__main__":
    outbox.LEASE = timedelta(seconds=LEASE_SECONDS)
    case_messages.POLL_SECONDS = POLL_SECONDS

    from homeward.cli import main

    main()
