"""Who may do what, as one table of pure rules."""

from __future__ import annotations

import dataclasses
import enum
import uuid
from collections.abc import Callable, Mapping

from app.models.merchant import MemberRole
from app.models.user import Role


class Permission(enum.StrEnum):
    """Named scope:thing:action, in alphabetical order of value."""

    ACCOMMODATION_MANAGE = "accommodation:manage"
    ACCOUNT_MANAGE = "account:manage"
    APPEAL_DECIDE = "appeal:decide"
    APPEAL_SUBMIT = "appeal:submit"
    APPLICATION_CREATE = "application:create"
    APPLICATION_DECIDE = "application:decide"
    ASSIGNMENT_ANSWER = "assignment:answer"
    ASSIGNMENT_READ = "assignment:read"
    ATTEMPT_WAIVE = "attempt:waive"
    AUDIT_READ = "audit:read"
    AVAILABILITY_MANAGE = "availability:manage"
    BANK_EDIT = "bank:edit"
    BANK_READ = "bank:read"
    BANK_REVIEW = "bank:review"
    BOOKING_CREATE = "booking:create"
    BOOKING_READ = "booking:read"
    CERTIFICATE_MANAGE = "certificate:manage"
    CERTIFICATE_READ = "certificate:read"
    CERTIFICATE_SHOW_NAME = "certificate:show-name"
    CLOCK_SET = "clock:set"
    CONTACT_IMPORT = "contact:import"
    DAY_MANAGE = "day:manage"
    EXAM_SET = "exam:set"
    EXAM_SIT = "exam:sit"
    IDENTITY_DECIDE = "identity:decide"
    IDENTITY_SUBMIT = "identity:submit"
    INTEGRITY_REVIEW = "integrity:review"
    JOB_MANAGE = "job:manage"
    LIVE_READ = "live:read"
    MATCH_RUN = "match:run"
    MESSAGE_READ = "message:read"
    NEEDS_MANAGE = "needs:manage"
    NOTICE_READ = "notice:read"
    PAYMENT_CONFIRM = "payment:confirm"
    PEOPLE_READ = "people:read"
    PROJECT_MANAGE = "project:manage"
    PROJECT_READ = "project:read"
    ROTA_PUBLISH = "rota:publish"
    SCORECARD_READ = "scorecard:read"
    SEASON_READ = "season:read"
    TEAM_READ = "team:read"
    TRAINING_READ = "training:read"
    WORK_READ = "work:read"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Actor:
    """The signed-in person, as the rules see them."""

    user_id: uuid.UUID
    role: Role
    agent_id: uuid.UUID | None = None
    merchant_id: uuid.UUID | None = None
    member_role: MemberRole | None = None


Rule = Callable[[Actor], bool]


def is_signed_in(actor: Actor) -> bool:  # noqa: ARG001 - having an actor at all is the rule
    return True


def works_shifts(actor: Actor) -> bool:
    return actor.role is Role.AGENT and actor.agent_id is not None


def buys_for_a_merchant(actor: Actor) -> bool:
    return actor.role is Role.MERCHANT and actor.merchant_id is not None


def runs_operations(actor: Actor) -> bool:
    return actor.role is Role.OPERATIONS


# A permission is granted when any of its rules holds. A permission without a row is a KeyError.
RULES: Mapping[Permission, tuple[Rule, ...]] = {
    Permission.ACCOMMODATION_MANAGE: (runs_operations,),
    Permission.ACCOUNT_MANAGE: (is_signed_in,),
    Permission.APPEAL_DECIDE: (runs_operations,),
    Permission.APPEAL_SUBMIT: (works_shifts,),
    Permission.APPLICATION_CREATE: (works_shifts,),
    Permission.APPLICATION_DECIDE: (runs_operations,),
    Permission.ASSIGNMENT_ANSWER: (works_shifts,),
    Permission.ASSIGNMENT_READ: (works_shifts,),
    Permission.ATTEMPT_WAIVE: (runs_operations,),
    Permission.AUDIT_READ: (runs_operations,),
    Permission.AVAILABILITY_MANAGE: (works_shifts,),
    Permission.BANK_EDIT: (runs_operations,),
    Permission.BANK_READ: (runs_operations,),
    # Nobody reviews what they wrote themselves: that depends on the item, so the service refuses it.
    Permission.BANK_REVIEW: (runs_operations,),
    Permission.BOOKING_CREATE: (buys_for_a_merchant,),
    Permission.BOOKING_READ: (buys_for_a_merchant,),
    Permission.CERTIFICATE_MANAGE: (runs_operations,),
    Permission.CERTIFICATE_READ: (works_shifts,),
    Permission.CERTIFICATE_SHOW_NAME: (works_shifts,),
    Permission.CLOCK_SET: (runs_operations,),
    Permission.CONTACT_IMPORT: (runs_operations,),
    Permission.DAY_MANAGE: (runs_operations,),
    Permission.EXAM_SET: (runs_operations,),
    Permission.EXAM_SIT: (works_shifts,),
    Permission.IDENTITY_DECIDE: (runs_operations,),
    Permission.IDENTITY_SUBMIT: (works_shifts,),
    Permission.INTEGRITY_REVIEW: (runs_operations,),
    Permission.JOB_MANAGE: (runs_operations,),
    Permission.LIVE_READ: (buys_for_a_merchant,),
    Permission.MATCH_RUN: (runs_operations,),
    Permission.MESSAGE_READ: (runs_operations,),
    Permission.NEEDS_MANAGE: (works_shifts,),
    Permission.NOTICE_READ: (is_signed_in,),
    Permission.PAYMENT_CONFIRM: (runs_operations,),
    Permission.PEOPLE_READ: (runs_operations,),
    Permission.PROJECT_MANAGE: (buys_for_a_merchant,),
    Permission.PROJECT_READ: (works_shifts,),
    Permission.ROTA_PUBLISH: (runs_operations,),
    Permission.SCORECARD_READ: (works_shifts,),
    Permission.SEASON_READ: (runs_operations,),
    Permission.TEAM_READ: (buys_for_a_merchant,),
    Permission.TRAINING_READ: (works_shifts,),
    Permission.WORK_READ: (works_shifts,),
}


def may(actor: Actor, permission: Permission) -> bool:
    """Say whether the actor holds the permission."""
    return any(rule(actor) for rule in RULES[permission])
