"""The one who acts: a signed-in member of staff, the person in the chat, or the system itself."""

from dataclasses import dataclass
from uuid import UUID

from access.models import StaffMember
from access.rules import GRANTS, SCOPES, Permission, Role, Scope
from foundation.errors import NotAllowed
from foundation.language import _

SYSTEM_ID = UUID(int=0)
PERSON_ID = UUID(int=1)
"""In the audit a person acts under one id for all: who it was is the subject, and the log names nobody twice."""


@dataclass(frozen=True, slots=True)
class Actor:
    id: UUID
    role: Role | None
    organisation_id: UUID | None = None
    team: str | None = None
    only: frozenset[Permission] | None = None
    """What a token names: a program that acts for someone may no more than that, whatever the role grants."""

    def may(self, permission: Permission) -> bool:
        if self.only is not None and permission not in self.only:
            return False
        return self.role is not None and permission in GRANTS[self.role]

    @property
    def scope(self) -> Scope:
        return Scope.NOTHING if self.role is None else SCOPES[self.role]


def actor_of(staff: StaffMember, only: frozenset[Permission] | None = None) -> Actor:
    return Actor(staff.id, staff.role, staff.organisation_id, staff.team, only)


SYSTEM = Actor(SYSTEM_ID, None)
PERSON = Actor(PERSON_ID, None)


def require(actor: Actor, permission: Permission) -> None:
    """Raises NotAllowed unless the actor's role grants `permission`. The system itself needs no grant."""
    if actor is not SYSTEM and not actor.may(permission):
        raise NotAllowed(_("You may not do this."))
