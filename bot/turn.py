"""One turn: the chat, its key, the form being filled in, and what is said back: all that a step needs."""

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bot.incoming import Incoming
from bot.models import Chat
from bot.place import Place, Standing
from bot.replies import Reply, Row
from cases.models import Case, Submission
from cases.notices import Programme
from foundation.language import RLM, SOURCE_LANGUAGE, Message, direction, say
from foundation.sealing import SubjectKey


@dataclass(slots=True)
class Turn:
    session: AsyncSession
    incoming: Incoming
    chat: Chat
    key: SubjectKey
    submission: Submission | None
    programme: Programme
    languages: tuple[str, ...]
    place: Place
    replies: list[Reply] = field(default_factory=list)

    @property
    def language(self) -> str:
        return self.chat.language or SOURCE_LANGUAGE

    @property
    def person_id(self) -> UUID:
        """The person's id once there is a case; a chat and its person share one key."""
        return self.chat.subject_id

    def words(self, message: Message, **values: object) -> str:
        return say(self.language, message, **values)

    def button(self, message: Message, data: str, **values: object) -> tuple[str, str]:
        return self.words(message, **values), data

    def reply(self, text: str, rows: tuple[Row, ...] = (), *, edit: int | None = None) -> None:
        # Telegram takes a text's direction from its first strong letter; a number or a sign is none.
        start = RLM if direction(self.language) == "rtl" else ""
        self.replies.append(Reply(start + text, rows, edit))

    def tell(self, message: Message, rows: tuple[Row, ...] = (), **values: object) -> None:
        self.reply(self.words(message, **values), rows)

    def go(self, standing: Standing, question: str = "") -> None:
        self.place = self.place.moved(standing, question)

    async def case(self) -> Case | None:
        return await self.session.get(Case, self.chat.case_id) if self.chat.case_id else None
