"""Files and places as answers, and the pictures and recordings that a form shows with its questions."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import delete

from bot.form import Form
from bot.incoming import Did
from bot.replies import Button, Reply
from bot.taps import tap
from cases.files import store_file
from cases.models import StoredFile
from foundation.language import _p
from questionnaire.parts import ANY_LANGUAGE
from questionnaire.reading import Attached, Located, NotUnderstood, Understood, not_understood_content
from questionnaire.sheet import Answer, Question, Text

# Translators: a button under a question: hear it read aloud.
LISTEN = _p("button", "🔊 Listen")

_NOT_YET = "00000000-0000-0000-0000-000000000000"
"""Stands for the id of a file while it is not decided whether it is kept."""


async def read_sent(form: Form, question: Question) -> Understood | NotUnderstood:
    """What was sent that is no text, as the answer. A file that fits is stored; any other is not."""
    incoming = form.turn.incoming
    if incoming.did is Did.SENT_PLACE and incoming.position is not None:
        return form.read(question, Located(*incoming.position))
    if incoming.did is not Did.SENT_FILE:
        return not_understood_content(question)
    if incoming.trouble is not None:
        return NotUnderstood(incoming.trouble)
    if incoming.file is None:
        return not_understood_content(question)
    understood = form.read(question, Attached(_NOT_YET, incoming.file.media_type))
    case = await form.turn.case()
    if isinstance(understood, NotUnderstood) or case is None:
        return understood
    stored = store_file(form.turn.session, case, form.turn.key, incoming.file)
    return Understood({"file": str(stored.id), "type": stored.media_type})


async def forget_replaced(form: Form, before: Mapping[str, Answer]) -> None:
    """Delete the files that are no answer any more. What was sent with an earlier submission stays part of that."""
    dropped = _files(before) - _files(form.answers)
    if dropped and form.turn.submission is not None:
        await form.turn.session.flush()
        await form.turn.session.execute(
            delete(StoredFile).where(
                StoredFile.id.in_(dropped),
                StoredFile.case_id == form.turn.chat.case_id,
                StoredFile.created_at >= form.turn.submission.started_at,
            )
        )


def _files(answers: Mapping[str, Answer]) -> set[UUID]:
    return {UUID(str(each["file"])) for each in answers.values() if isinstance(each, dict) and "file" in each}


def show_picture(form: Form, question: Question) -> None:
    """The picture that belongs to a question, above it."""
    _send(form, question.image)


def listen_button(form: Form, question: Question) -> tuple[Button, ...]:
    return (tap(form, LISTEN, "listen"),) if _name(form, question.audio) else ()


def play(form: Form, question: Question) -> None:
    """The recording of a question. Its buttons stay where they are and stay live."""
    _send(form, question.audio)


def _send(form: Form, names: Text) -> None:
    if name := _name(form, names):
        form.turn.replies.append(Reply("", media=(form.sheet.id, form.sheet.version, name)))


def _name(form: Form, names: Text) -> str | None:
    return names.get(form.turn.language) or names.get(ANY_LANGUAGE)
