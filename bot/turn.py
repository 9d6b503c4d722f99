"""One turn: the chat, its key, the form being filled in, and what is said back: all that a step needs."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bot.incoming import Incoming
from bot.models import Chat
from bot.pace import Pace
from bot.place import Place, Standing
from bot.replies import LONGEST_TEXT, Reply, Row, paragraphs
from cases.models import Case, Submission
from cases.notices import Programme
from cases.rules import SubmissionState
from foundation import clock
from foundation.language import RLM, SOURCE_LANGUAGE, Message, _, direction, say
from foundation.outbox import second_lane
from foundation.sealing import SubjectKey

FIRST_LINE = _("Here is what you asked for.")
"""Of every text that holds something of a case: the line that a locked phone shows tells nothing."""
DOUBLE_TAP = timedelta(seconds=3)
"""So soon, a tap on the buttons just replaced is the second of two quick ones; later it is one on an old message."""


@dataclass(slots=True)
class Turn:
    session: AsyncSession
    incoming: Incoming
    chat: Chat
    key: SubjectKey
    submission: Submission | None
    programme: Programme
    languages: tuple[str, ...]
    complaints: Pace
    place: Place
    replies: list[Reply] = field(default_factory=list)
    overtakes: bool = False
    """What it says does not wait for what is still to be sent to this chat."""

    def __post_init__(self) -> None:
        """A form that staff have sent with the person, or taken back, is no longer being filled in here."""
        if self.submission is not None and self.submission.state is not SubmissionState.IN_PROGRESS:
            self.leave_form()

    @property
    def language(self) -> str:
        return self.chat.language or SOURCE_LANGUAGE

    @property
    def person_id(self) -> UUID:
        """The person's id once there is a case; a chat and its person share one key."""
        return self.chat.subject_id

    @property
    def lane(self) -> UUID:
        """Where what it says queues."""
        return second_lane(self.key.subject_id) if self.overtakes else self.key.subject_id

    def words(self, message: Message, **values: object) -> str:
        return say(self.language, message, **values)

    def button(self, message: Message, data: str, **values: object) -> tuple[str, str]:
        return self.words(message, **values), data

    def reply(self, text: str, rows: tuple[Row, ...] = (), *, edit: int | None = None, protect: bool = False) -> None:
        """Say a text; one too long for a message goes out as several, the buttons under the last.

        `protect`: it can be neither forwarded nor saved on the phone.
        """
        # Telegram takes a text's direction from its first strong letter; a number or a sign is none.
        start = RLM if direction(self.language) == "rtl" else ""
        *first, last = paragraphs(text.removeprefix(start), LONGEST_TEXT - len(start))
        self.replies += [Reply(start + part, protect=protect) for part in first]
        self.replies.append(Reply(start + last, rows, None if first else edit, protect=protect))

    def show(self, lines: Sequence[str], rows: tuple[Row, ...]) -> None:
        """Say something of a case: behind a neutral first line, and not to be forwarded or saved."""
        self.reply("\n\n".join([self.words(FIRST_LINE), *lines]), rows, protect=True)

    def tell(self, message: Message, rows: tuple[Row, ...] = (), **values: object) -> None:
        self.reply(self.words(message, **values), rows)

    def go(self, standing: Standing, question: str | None = None) -> None:
        self.place = self.place.moved(standing, question)

    def leave_form(self) -> None:
        """No form is being filled in any more."""
        self.submission = self.chat.submission_id = None
        self.place = self.place.out_of_form()

    def remember_notice(self, text_hash: str) -> None:
        self.place = replace(self.place, notice=text_hash)

    def is_second_tap(self, nonce: str) -> bool:
        return nonce == self.place.before and clock.now() - self.chat.seen_at < DOUBLE_TAP

    async def case(self) -> Case | None:
        return await self.session.get(Case, self.chat.case_id) if self.chat.case_id else None
