"""How often each chat has done something of late: known to this process, stored nowhere.

A row that counts complaints beside a chat would tell, on a day with one complaint, who wrote it; so would one that
counts only those that were begun. What is forgotten with the process leads nobody from a complaint to a chat. The price
is that each bot process counts for itself, and a restart begins anew: enough against a flood, which is all it is for.
"""

from collections import OrderedDict
from datetime import datetime, timedelta

from foundation import clock

CHATS_REMEMBERED = 10_000


class Pace:
    """At most `most` times in any stretch of `within`, by chat."""

    def __init__(self, most: int, within: timedelta) -> None:
        self.most, self.within = most, within
        self._moments: OrderedDict[int, list[datetime]] = OrderedDict()

    def is_too_fast(self, chat_id: int) -> bool:
        return len(self._recent(chat_id)) >= self.most

    def note(self, chat_id: int) -> None:
        """It was done once more."""
        self._moments[chat_id] = [*self._recent(chat_id), clock.now()]
        self._moments.move_to_end(chat_id)
        while len(self._moments) > CHATS_REMEMBERED or not self._recent(next(iter(self._moments))):
            self._moments.popitem(last=False)

    def _recent(self, chat_id: int) -> list[datetime]:
        return [each for each in self._moments.get(chat_id, ()) if clock.now() - each < self.within]
