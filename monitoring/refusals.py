"""Why a release cannot be made, in words, with what can be done about it; and how the words are kept for later."""

from typing import Any

from foundation.errors import Conflict
from foundation.language import Message, _
from monitoring.disclosure import CannotProtect, Reason
from monitoring.tables import TableSpec, axis_of

_WHY: dict[Reason, Message] = {
    Reason.TOO_SHORT: _("“{table}” covers less than whole quarters. Shorter times are not published."),
    Reason.NOTHING_LEFT: _("In “{table}” every number would have to be withheld, because too few people are counted."),
    Reason.ALREADY_KNOWN: _("“{table}” would give someone away together with what was published before."),
    Reason.CONTRADICTS: _("“{table}” contradicts what was published before."),
}
_COARSER = _("What helps: fewer and larger groups of “{dimension}”, or a longer period.")
_LONGER = _("What helps: a longer period.")
_CORRECT = _("If the numbers published before were wrong, publish a correction.")
# Translators: three sentences: why, what can be done, and that nothing happened.
_REFUSED = _("{why} {advice} Nothing was published.")


def refused(refusal: CannotProtect, spec: TableSpec) -> Conflict:
    """What the person reads who wanted to publish it."""
    return Conflict(_REFUSED, why=_WHY[refusal.reason].of(table=spec.title), advice=_advice(refusal, spec))


def _advice(refusal: CannotProtect, spec: TableSpec) -> Message:
    if refusal.reason is Reason.CONTRADICTS:
        return _CORRECT
    if refusal.coarsen is None:
        return _LONGER
    return _COARSER.of(dimension=axis_of(spec, refusal.coarsen).label)


def kept(message: Message) -> dict[str, Any]:
    """A message as it is stored, to be said later in whatever language is read."""
    values = {name: kept(value) if isinstance(value, Message) else value for name, value in message.values}
    return {"text": message.text, "plural": message.plural, "context": message.context, "values": values}


def told(stored: dict[str, Any]) -> Message:
    """What was kept."""
    values = {name: told(value) if isinstance(value, dict) else value for name, value in stored["values"].items()}
    return Message(stored["text"], stored["plural"], stored["context"]).of(**values)
