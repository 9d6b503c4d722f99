"""A crowd on the simulator's phones: each person reads, thinks a moment, and goes on."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from tests.soak.person import Action, Person, Shown

PATIENCE_SECONDS = 90.0
"""How long a person waits for an answer before they count as stuck."""
THINK_SECONDS = 0.3


class Crowd:
    """People by the id of their phone."""

    def __init__(self, client: httpx.AsyncClient, make_person: Callable[[str], Person]) -> None:
        self.client, self.make_person = client, make_person
        self.people: dict[int, Person] = {}
        self.shown: dict[int, int] = {}

    async def sit(self, seat: int, more: asyncio.Event) -> None:
        """One after another, people come to this seat until `more` is set; whoever has come stays to the end."""
        turn = 0
        while turn == 0 or not more.is_set():
            await self._live(self.make_person(f"P{seat}-{turn}"))
            turn += 1

    async def _live(self, person: Person) -> None:
        phone = (await self._call("POST", "/simulator/phones", json={"first_name": person.name}))["id"]
        self.people[phone] = person
        await self._do(phone, person.begin())
        seen = 0
        while not person.done:
            messages = await self._look(phone, seen)
            if not messages:
                return
            for message in messages:
                seen = max(seen, message["message_id"])
                await self._do(phone, person.react(_shown(message)))
            await asyncio.sleep(person.random.uniform(0, THINK_SECONDS))

    async def _look(self, phone: int, after: int) -> list[dict[str, Any]]:
        """The bot's messages after the last one read; none if it stays silent for too long."""
        where, silent = f"/simulator/phones/{phone}/messages", 0.0
        while silent < PATIENCE_SECONDS:
            messages = await self._call("GET", where, params={"after": after, "wait": 30})
            from_bot = [message for message in messages if message["from"]["is_bot"]]
            if from_bot:
                return from_bot
            silent += 30
        return []

    async def count_shown(self) -> None:
        """How many messages of the bot each phone has in the end."""
        for phone in self.people:
            messages = await self._call("GET", f"/simulator/phones/{phone}/messages")
            self.shown[phone] = sum(message["from"]["is_bot"] for message in messages)

    async def _do(self, phone: int, actions: list[Action]) -> None:
        for action in actions:
            await self._call("POST", f"/simulator/phones/{phone}/actions", json=action)

    async def _call(self, method: str, where: str, **details: Any) -> Any:
        answer = await self.client.request(method, where, timeout=60, **details)
        answer.raise_for_status()
        return answer.json()


def _shown(message: Mapping[str, Any]) -> Shown:
    keyboard = message.get("reply_markup", {}).get("inline_keyboard", [])
    buttons = tuple((button["text"], button["callback_data"]) for row in keyboard for button in row)
    return Shown(message["message_id"], message.get("text", ""), buttons)
