"""Who may do what: roles, permissions and one table that grants them. Everything about authority is on this page."""

from enum import StrEnum

from foundation.language import Message, _


class Role(StrEnum):
    ADMINISTRATOR = "administrator"
    SUPERVISOR = "supervisor"
    CASEWORKER = "caseworker"
    CHILD_PROTECTION_OFFICER = "child_protection_officer"
    CHILD_PROTECTION_LEAD = "child_protection_lead"
    PROTECTION_OFFICER = "protection_officer"
    PANEL_MEMBER = "panel_member"
    PARTNER = "partner"
    COMPLAINTS_OFFICER = "complaints_officer"
    MONITOR = "monitor"
    RETURN_MONITOR = "return_monitor"


class Permission(StrEnum):
    """Grammar: `thing.verb`, the verb in the present."""

    CASE_LIST = "case.list"
    CASE_READ = "case.read"
    CASE_ASSIGN = "case.assign"
    CASE_MOVE = "case.move"
    CASE_ERASE = "case.erase"
    CASE_BREAK_GLASS = "case.break_glass"
    GLASS_REVIEW = "glass.review"
    CASE_CLOSE = "case.close"
    CASE_APPROVE_CLOSING = "case.approve_closing"
    CASE_REOPEN = "case.reopen"
    CASE_TRANSFER = "case.transfer"
    CASE_TAKE_OVER = "case.take_over"
    CASE_MERGE = "case.merge"
    NOTE_WRITE = "note.write"
    RETENTION_READ = "retention.read"
    FLAG_SETTLE_CHILD = "flag.settle_child"
    FLAG_SETTLE_PROTECTION = "flag.settle_protection"
    FLAG_SETTLE_WELFARE = "flag.settle_welfare"
    FLAG_RAISE = "flag.raise"
    NEED_SETTLE = "need.settle"
    RISK_SET = "risk.set"
    MESSAGE_SEND = "message.send"
    FORM_SEND = "form.send"
    FORM_FILL = "form.fill"
    TASK_SETTLE = "task.settle"
    FOLLOW_UP_RECORD = "follow_up.record"
    FOLLOW_UP_COMPARE = "follow_up.compare"
    DASHBOARD_READ = "dashboard.read"
    PLAN_WRITE = "plan.write"
    PLAN_APPROVE = "plan.approve"
    PROGRAMME_READ = "programme.read"
    PROGRAMME_EDIT = "programme.edit"
    PHONE_LINK = "phone.link"
    COMPLAINT_READ = "complaint.read"
    COMPLAINT_ANSWER = "complaint.answer"
    CONSENT_AUTHORISE_CHILD = "consent.authorise_child"
    HOUSEHOLD_EDIT = "household.edit"
    RECORD_WRITE = "record.write"
    RECORD_WRITE_CHILD = "record.write_child"
    RECORD_WRITE_PROTECTION = "record.write_protection"
    BEST_INTERESTS_PREPARE = "best_interests.prepare"
    BEST_INTERESTS_DECIDE = "best_interests.decide"
    RETURN_PREPARE = "return.prepare"
    RETURN_CLEAR = "return.clear"
    RETURN_MONITOR = "return.monitor"
    GATE_OVERRIDE = "gate.override"
    GATE_CONFIRM_OVERRIDE = "gate.confirm_override"
    REFERRAL_CREATE = "referral.create"
    REFERRAL_REVOKE = "referral.revoke"
    REFERRAL_SETTLE = "referral.settle"
    REFERRAL_ANSWER = "referral.answer"
    APPLICATION_READ = "application.read"
    APPLICATION_WRITE = "application.write"
    REFERRAL_COMPARE = "referral.compare"
    AGREEMENT_READ = "agreement.read"
    AGREEMENT_MANAGE = "agreement.manage"
    DIRECTORY_READ = "directory.read"
    DIRECTORY_EDIT = "directory.edit"
    DIRECTORY_IMPORT = "directory.import"
    OPENING_READ = "opening.read"
    OPENING_WRITE = "opening.write"
    OPENING_VET = "opening.vet"
    OPENING_FOLLOW = "opening.follow"
    RELEASE_READ = "release.read"
    RELEASE_PUBLISH = "release.publish"
    RECOMMENDATION_READ = "recommendation.read"
    RECOMMENDATION_WRITE = "recommendation.write"
    RECOMMENDATION_ANSWER = "recommendation.answer"
    STRUCTURE_ENTER = "structure.enter"
    STAFF_LIST = "staff.list"


class Scope(StrEnum):
    """How far a role sees among the things its permissions name."""

    NOTHING = "nothing"
    TEAM = "team"
    ORGANISATION = "organisation"


_REGISTER = frozenset([Permission.PROGRAMME_READ, Permission.PROGRAMME_EDIT])
_PARTNERS = frozenset([Permission.AGREEMENT_READ, Permission.REFERRAL_COMPARE])
_OPENINGS = frozenset([Permission.OPENING_READ, Permission.OPENING_WRITE, Permission.OPENING_VET])
# Read by everyone who refers, also the places that must stay secret; kept by whoever answers for it.
_DIRECTORY = frozenset([Permission.DIRECTORY_READ, Permission.DIRECTORY_EDIT, Permission.DIRECTORY_IMPORT])
_MONITORS = frozenset([Permission.RECOMMENDATION_READ, Permission.RECOMMENDATION_WRITE])
# Of the recommendations to their own organisation only; whether one is implemented the monitors judge alone.
_ADDRESSEES = frozenset([Permission.RECOMMENDATION_READ, Permission.RECOMMENDATION_ANSWER])
_CASEWORK = frozenset(
    [
        Permission.CASE_LIST,
        Permission.CASE_READ,
        Permission.CASE_ASSIGN,
        Permission.CASE_MOVE,
        Permission.CASE_BREAK_GLASS,
        Permission.CASE_CLOSE,
        Permission.CASE_REOPEN,
        Permission.NOTE_WRITE,
        Permission.FLAG_RAISE,
        Permission.FLAG_SETTLE_WELFARE,
        Permission.NEED_SETTLE,
        Permission.RISK_SET,
        Permission.MESSAGE_SEND,
        Permission.FORM_SEND,
        Permission.FORM_FILL,
        Permission.TASK_SETTLE,
        Permission.FOLLOW_UP_RECORD,
        Permission.PLAN_WRITE,
        Permission.PHONE_LINK,
        Permission.HOUSEHOLD_EDIT,
        Permission.RECORD_WRITE,
        Permission.RETURN_PREPARE,
        Permission.REFERRAL_CREATE,
        Permission.REFERRAL_REVOKE,
        Permission.APPLICATION_READ,
        Permission.APPLICATION_WRITE,
        Permission.DIRECTORY_READ,
        Permission.OPENING_READ,
        Permission.OPENING_FOLLOW,
    ]
)
_CHILD_PROTECTION = frozenset(
    [
        Permission.CASE_TRANSFER,
        Permission.FLAG_SETTLE_CHILD,
        Permission.CONSENT_AUTHORISE_CHILD,
        Permission.RECORD_WRITE_CHILD,
        Permission.BEST_INTERESTS_PREPARE,
    ]
)

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.ADMINISTRATOR: _REGISTER
    | _PARTNERS
    | _DIRECTORY
    | _OPENINGS
    | _ADDRESSEES
    | {Permission.STAFF_LIST, Permission.AGREEMENT_MANAGE},
    Role.SUPERVISOR: _CASEWORK
    | _REGISTER
    | _PARTNERS
    | _DIRECTORY
    | _OPENINGS
    | _ADDRESSEES
    | {
        Permission.PLAN_APPROVE,
        Permission.CASE_APPROVE_CLOSING,
        Permission.CASE_TRANSFER,
        Permission.CASE_TAKE_OVER,
        Permission.CASE_MERGE,
        Permission.RETENTION_READ,
        Permission.FOLLOW_UP_COMPARE,
        Permission.DASHBOARD_READ,
        Permission.STAFF_LIST,
        Permission.RELEASE_READ,
        Permission.RETURN_CLEAR,
        Permission.REFERRAL_SETTLE,
        Permission.GLASS_REVIEW,
        Permission.GATE_CONFIRM_OVERRIDE,
    },
    Role.CASEWORKER: _CASEWORK,
    Role.CHILD_PROTECTION_OFFICER: _CASEWORK | _CHILD_PROTECTION,
    # Sets a rule of the child gate aside, with a reason and a second person; see `cases.overriding`.
    Role.CHILD_PROTECTION_LEAD: _CASEWORK | _CHILD_PROTECTION | {Permission.GATE_OVERRIDE},
    Role.PROTECTION_OFFICER: _CASEWORK | {Permission.FLAG_SETTLE_PROTECTION, Permission.RECORD_WRITE_PROTECTION},
    Role.PANEL_MEMBER: frozenset([Permission.BEST_INTERESTS_DECIDE]),
    # Of vacancies and courses those of their own organisation; see `referrals.openings`.
    Role.PARTNER: _ADDRESSEES | {Permission.REFERRAL_ANSWER, Permission.OPENING_READ, Permission.OPENING_WRITE},
    Role.COMPLAINTS_OFFICER: frozenset([Permission.COMPLAINT_READ, Permission.COMPLAINT_ANSWER]),
    Role.MONITOR: _MONITORS
    | {
        Permission.RELEASE_READ,
        Permission.RELEASE_PUBLISH,
        Permission.STRUCTURE_ENTER,
        Permission.PROGRAMME_READ,
    },
    # Independent of whoever returns people: writes down what they saw, and sees nothing else of a case.
    Role.RETURN_MONITOR: _MONITORS | {Permission.RETURN_MONITOR},
}

DATABASE_ROLES: dict[Role, str] = {Role.MONITOR: "homeward_monitor"}
"""Whose reading the database itself confines, and the role of PostgreSQL that it is done under."""

SCOPES: dict[Role, Scope] = {
    Role.ADMINISTRATOR: Scope.NOTHING,
    Role.SUPERVISOR: Scope.ORGANISATION,
    Role.CASEWORKER: Scope.TEAM,
    Role.CHILD_PROTECTION_OFFICER: Scope.ORGANISATION,
    Role.CHILD_PROTECTION_LEAD: Scope.ORGANISATION,
    Role.PROTECTION_OFFICER: Scope.ORGANISATION,
    Role.PANEL_MEMBER: Scope.NOTHING,
    Role.PARTNER: Scope.NOTHING,
    Role.COMPLAINTS_OFFICER: Scope.NOTHING,
    Role.MONITOR: Scope.NOTHING,
    Role.RETURN_MONITOR: Scope.NOTHING,
}

NEEDS_SECOND_FACTOR: frozenset[Role] = frozenset(
    [role for role in Role if GRANTS[role] & {Permission.CASE_READ, Permission.DIRECTORY_READ}]
    + [Role.PANEL_MEMBER, Role.COMPLAINTS_OFFICER, Role.RETURN_MONITOR]
)
"""Everyone who opens cases, decides about them, reads complaints, what monitors saw, or where a shelter is that must
stay secret. Everyone else may have one."""

ROLE_NAMES: dict[Role, Message] = {
    Role.ADMINISTRATOR: _("administrator"),
    Role.SUPERVISOR: _("supervisor"),
    Role.CASEWORKER: _("caseworker"),
    Role.CHILD_PROTECTION_OFFICER: _("child-protection officer"),
    Role.CHILD_PROTECTION_LEAD: _("child-protection lead"),
    Role.PROTECTION_OFFICER: _("protection officer"),
    Role.PANEL_MEMBER: _("panel member"),
    Role.PARTNER: _("partner"),
    Role.COMPLAINTS_OFFICER: _("complaints officer"),
    Role.MONITOR: _("monitor"),
    Role.RETURN_MONITOR: _("monitor of returns"),
}
