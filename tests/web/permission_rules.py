"""The words of the permission tables: who gets through, with what, and how they are answered."""

from dataclasses import dataclass, field
from typing import Any

from access.rules import Role

STRANGER = None
Who = Role | None
EVERYONE: frozenset[Who] = frozenset([*Role, STRANGER])
STAFF: frozenset[Who] = frozenset(Role)
NOBODY: frozenset[Who] = frozenset()
"""Nobody who is signed in: these are for those who have yet to show the second factor (see `test_second_step`)."""
CASEWORK: frozenset[Who] = frozenset(
    [
        Role.SUPERVISOR,
        Role.CASEWORKER,
        Role.CHILD_PROTECTION_OFFICER,
        Role.CHILD_PROTECTION_LEAD,
        Role.PROTECTION_OFFICER,
    ]
)
CHILD_PROTECTION: frozenset[Who] = frozenset([Role.CHILD_PROTECTION_OFFICER, Role.CHILD_PROTECTION_LEAD])
PROTECTION: frozenset[Who] = frozenset([Role.PROTECTION_OFFICER])
PARTNER: frozenset[Who] = frozenset([Role.PARTNER])
OFFICER: frozenset[Who] = frozenset([Role.COMPLAINTS_OFFICER])
SUPERVISOR: frozenset[Who] = frozenset([Role.SUPERVISOR])
ADMINISTRATOR: frozenset[Who] = frozenset([Role.ADMINISTRATOR])
REGISTRARS: frozenset[Who] = frozenset([Role.SUPERVISOR, Role.ADMINISTRATOR])
TRANSFERRERS: frozenset[Who] = SUPERVISOR | CHILD_PROTECTION
DIRECTORY_READERS: frozenset[Who] = CASEWORK | REGISTRARS
OPENING_WRITERS: frozenset[Who] = REGISTRARS | PARTNER
OPENING_READERS: frozenset[Who] = CASEWORK | OPENING_WRITERS
PANEL: frozenset[Who] = frozenset([Role.PANEL_MEMBER])
MONITOR: frozenset[Who] = frozenset([Role.MONITOR])
READERS: frozenset[Who] = frozenset([Role.MONITOR, Role.SUPERVISOR])

MONITOR: frozenset[Who] = frozenset([Role.MONITOR])
RECOMMENDERS: frozenset[Who] = MONITOR | {Role.RETURN_MONITOR}
ANSWERERS: frozenset[Who] = REGISTRARS
"""Of the recommendations to the operator; a partner answers those to its own organisation."""
RECOMMENDATION_READERS: frozenset[Who] = RECOMMENDERS | ANSWERERS | PARTNER


@dataclass(frozen=True)
class Rule:
    """Who gets through, with which form or, at the API, which body, and what that is answered."""

    who: frozenset[Who]
    status: int = 200
    fields: dict[str, Any] = field(default_factory=dict)
    is_form: bool = False
    """Of what is sent to the API: a form, because it takes files."""


def sends(who: frozenset[Who], status: int = 204, /, **body: Any) -> Rule:
    """A request with a JSON body."""
    return Rule(who, status, body)
