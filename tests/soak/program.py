"""`python -m tests.soak.program bot|worker`: the program itself, with a lease of seconds instead of a minute.

What a killed process had leased is taken over once the lease has run out. A short one lets a run of hundreds of kills
end within minutes, and is the harder test: a slow process is overtaken while it still sends.
"""

from datetime import timedelta

from foundation import outbox

LEASE_SECONDS = 4

if __name__ == "__main__":
    outbox.LEASE = timedelta(seconds=LEASE_SECONDS)

    from homeward.cli import main

    main()
