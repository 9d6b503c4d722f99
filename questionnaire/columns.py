"""The columns of the survey and choices sheets: which are read, which are refused by name, which look misspelt.

A column that means nothing to XLSForm is its author's own remark and is left out, unless it looks like a slip.
"""

import re
from collections.abc import Iterator
from difflib import get_close_matches

from foundation.language import Message, _
from questionnaire.rows import Row

TEXT_COLUMNS = ("label", "hint", "constraint_message", "required_message")
MEDIA_COLUMNS = ("image", "audio")
EXPRESSION_COLUMNS = ("relevant", "constraint", "calculation", "choice_filter", "repeat_count")
CHAT_COLUMNS = ("chat::widget", "bind::chat:sensitive", "chat::ask", "chat::ask_another")

_KNOWN = frozenset([
    "type", "name", "required", "default", "disabled", "appearance", *TEXT_COLUMNS, *MEDIA_COLUMNS,
    *EXPRESSION_COLUMNS, *CHAT_COLUMNS,
])  # fmt: skip
_REFUSED = frozenset([
    "read_only", "trigger", "parameters", "big-image", "video", "autoplay", "save_to", "query", "rows", "intent",
    "noAppErrorString", "guidance_hint", "entity",
])  # fmt: skip
_REFUSED_OF_CHOICES = frozenset(["image", "big-image", "audio", "video", "media::image"])
_CODED = ("bind::", "control::", "body::", "instance::", "media::", "chat::")
_LIKE = 0.8

_LOOKS = re.compile(
    r"(w\d{1,2}|columns(-\d+|-pack|-flex)?|minimal|quick|quickcompact|compact(-\d+)?|horizontal(-compact)?|likert|"
    r"multiline|numbers|thousands-sep|field-list|autocomplete|no-calendar|no-buttons|no-ticks|picker|counter|new|"
    r"new-front|new-rear|maps|placement-map|hide-input|bearing|block|pages|theme-grid)"
)
"""Appearances that change how a screen of ODK looks and not what is asked."""


def survey_faults(row: Row) -> Iterator[tuple[str, Message]]:
    """(column, reason) for what cannot be honoured in this row."""
    for column in row.cells:
        if column in _REFUSED:
            yield column, _("The column {name} is not supported.").of(name=column)
        elif column not in _KNOWN:
            yield from _unknown(column)
    for word in row.text("appearance").split():
        if not _LOOKS.fullmatch(word):
            reason = _("The appearance {name} changes what is asked, and is not supported.")
            yield "appearance", reason.of(name=word)


def choice_faults(row: Row) -> Iterator[tuple[str, Message]]:
    for column in row.cells:
        if column in _REFUSED_OF_CHOICES:
            yield column, _("The column {name} is not supported.").of(name=column)


def _unknown(column: str) -> Iterator[tuple[str, Message]]:
    if column.startswith(_CODED):
        yield column, _("The column {name} is not supported.").of(name=column)
        return
    like = get_close_matches(column, sorted(_KNOWN), n=1, cutoff=_LIKE)
    if like:
        yield column, _("The column {name} is not known. Did you mean {like}?").of(name=column, like=like[0])
