"""The one table of who may do what: nothing is missing from it, and what separates the roles stays separate."""

from uuid import uuid4

import pytest

from access.actor import PERSON, SYSTEM, Actor, require
from access.rules import GRANTS, NEEDS_SECOND_FACTOR, ROLE_NAMES, SCOPES, Permission, Role, Scope
from foundation.errors import NotAllowed
from foundation.language import say

GRANTED_TO_NOBODY = {Permission.CASE_ERASE: "done by the person in the chat, or on the command line"}
CASE_THINGS = {"case", "note", "flag", "need", "message", "consent", "plan", "risk"}
ABOUT_PEOPLE = {each for each in Permission if each.partition(".")[0] in CASE_THINGS}


def test_every_role_stands_in_every_table() -> None:
    assert set(GRANTS) == set(SCOPES) == set(ROLE_NAMES) == set(Role)
    assert len({say("en", name) for name in ROLE_NAMES.values()}) == len(Role)


def test_every_permission_is_granted_to_someone_or_to_nobody_on_purpose() -> None:
    granted = frozenset().union(*GRANTS.values())
    assert set(Permission) - granted == set(GRANTED_TO_NOBODY)


def test_whoever_works_on_cases_sees_some_and_nobody_else_does() -> None:
    workers = {role for role in Role if Permission.CASE_READ in GRANTS[role]}
    assert workers == {role for role in Role if SCOPES[role] is not Scope.NOTHING}
    assert all(not GRANTS[role] & ABOUT_PEOPLE for role in Role if role not in workers)


@pytest.mark.parametrize(
    ("permission", "roles"),
    [
        (Permission.FLAG_SETTLE_CHILD, {Role.CHILD_PROTECTION_OFFICER, Role.CHILD_PROTECTION_LEAD}),
        (Permission.CONSENT_AUTHORISE_CHILD, {Role.CHILD_PROTECTION_OFFICER, Role.CHILD_PROTECTION_LEAD}),
        (Permission.RECORD_WRITE_CHILD, {Role.CHILD_PROTECTION_OFFICER, Role.CHILD_PROTECTION_LEAD}),
        (Permission.RECORD_WRITE_PROTECTION, {Role.PROTECTION_OFFICER}),
        (Permission.BEST_INTERESTS_DECIDE, {Role.PANEL_MEMBER}),
        (Permission.GATE_OVERRIDE, {Role.CHILD_PROTECTION_LEAD}),
        (Permission.GATE_CONFIRM_OVERRIDE, {Role.SUPERVISOR}),
        (Permission.RETURN_CLEAR, {Role.SUPERVISOR}),
        (Permission.RETURN_MONITOR, {Role.RETURN_MONITOR}),
        (Permission.FLAG_SETTLE_PROTECTION, {Role.PROTECTION_OFFICER}),
        (Permission.GLASS_REVIEW, {Role.SUPERVISOR}),
        (Permission.CASE_APPROVE_CLOSING, {Role.SUPERVISOR}),
        (Permission.CASE_MERGE, {Role.SUPERVISOR}),
        (Permission.RETENTION_READ, {Role.SUPERVISOR}),
        (Permission.DASHBOARD_READ, {Role.SUPERVISOR}),
        (Permission.REFERRAL_ANSWER, {Role.PARTNER}),
        (Permission.PLAN_APPROVE, {Role.SUPERVISOR}),
        (Permission.PROGRAMME_EDIT, {Role.SUPERVISOR, Role.ADMINISTRATOR}),
        (Permission.PROGRAMME_READ, {Role.SUPERVISOR, Role.ADMINISTRATOR, Role.MONITOR}),
        (Permission.RELEASE_PUBLISH, {Role.MONITOR}),
        (Permission.STRUCTURE_ENTER, {Role.MONITOR}),
    ],
)
def test_what_only_some_roles_may_do(permission: Permission, roles: set[Role]) -> None:
    assert {role for role in Role if permission in GRANTS[role]} == roles


@pytest.mark.parametrize("permission", [Permission.CASE_READ, Permission.DIRECTORY_READ, Permission.COMPLAINT_READ])
def test_whoever_reads_what_may_harm_someone_needs_a_second_factor(permission: Permission) -> None:
    """A case, a complaint; and with the directory where a shelter is that must stay secret."""
    assert {role for role in Role if permission in GRANTS[role]} <= NEEDS_SECOND_FACTOR


def test_who_may_sign_in_with_a_password_alone() -> None:
    assert set(Role) - NEEDS_SECOND_FACTOR == {Role.PARTNER, Role.MONITOR}


def test_a_monitor_and_an_administrator_have_nothing_to_do_with_cases() -> None:
    for role in (
        Role.MONITOR,
        Role.ADMINISTRATOR,
        Role.PARTNER,
        Role.COMPLAINTS_OFFICER,
        Role.PANEL_MEMBER,
        Role.RETURN_MONITOR,
    ):
        assert not GRANTS[role] & ABOUT_PEOPLE


@pytest.mark.parametrize("role", Role)
def test_an_actor_may_do_what_the_role_is_granted_and_nothing_else(role: Role) -> None:
    actor = Actor(uuid4(), role)
    for permission in Permission:
        if permission in GRANTS[role]:
            require(actor, permission)
        else:
            with pytest.raises(NotAllowed):
                require(actor, permission)


def test_the_system_needs_no_grant_and_the_person_has_none() -> None:
    for permission in Permission:
        require(SYSTEM, permission)
        with pytest.raises(NotAllowed):
            require(PERSON, permission)
        assert not SYSTEM.may(permission)


def test_someone_who_only_looks_like_the_system_is_refused() -> None:
    with pytest.raises(NotAllowed):
        require(Actor(SYSTEM.id, None), Permission.CASE_READ)
