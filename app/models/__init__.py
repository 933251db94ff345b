"""Every table, imported here so that Alembic sees them all."""

from app.models.adaptive import AdaptiveSitting, Calibration, ExamSetting, ItemExposure
from app.models.agent import Agent, AgentStatus, Availability
from app.models.agent_hours import AgentHours
from app.models.appeal import Appeal, AppealKind, AppealState
from app.models.assignment import LIVE_STATUSES, Assignment, AssignmentKind, AssignmentStatus
from app.models.audit import AuditEntry
from app.models.badge import Badge
from app.models.base import Base
from app.models.booking import (
    Booking,
    BookingLine,
    BookingStatus,
    Cancellation,
    Payment,
    PaymentProvider,
    PaymentStatus,
)
from app.models.certificate import Certificate, CertificateKind, CertificateState
from app.models.chat_sitting import ChatLine, ChatSitting
from app.models.contact import Contact, ContactChannel, ContactImport, ImportFault, ImportStatus
from app.models.exam_attempt import AttemptStatus, ExamAnswer, ExamAttempt
from app.models.exam_blueprint import BlueprintState, BlueprintVersion
from app.models.identity_check import IdentityCheck, IdentitySource, IdentityStatus
from app.models.integrity_flag import ExamWatch, IntegrityFlag, RetestOutcome, SignKind, SignState
from app.models.item_flag import FlagState, ItemFlag
from app.models.item_version import ExamRevision, ItemFigure, ItemState, ItemVersion
from app.models.lesson_reading import LessonReading
from app.models.match_run import MatchPrice, MatchRun, MatchStatus, PlannedSeat, SeatCover, Shortage
from app.models.merchant import MemberRole, Membership, Merchant
from app.models.message import Message, MessageChannel, MessageStatus
from app.models.needs import AgentNeeds, Consent, ConsentPurpose, DisabilityFact, DisclosureEntry
from app.models.notice import Notice, NoticeKind, NoticePreference
from app.models.outbox import OutboxMessage, Topic
from app.models.peak_event import PeakEvent, SeasonPhase, SeatCell, ShiftSlot
from app.models.project import AgentBlock, ApplicationStatus, Project, ProjectApplication, ServiceLine
from app.models.seat_pin import SeatPin
from app.models.trial_shift import TrialShift, TrialStatus
from app.models.user import Role, User, UserSession
from app.models.verification import Verification, VerificationPurpose

__all__ = [
    "LIVE_STATUSES",
    "AdaptiveSitting",
    "Agent",
    "AgentBlock",
    "AgentHours",
    "AgentNeeds",
    "AgentStatus",
    "Appeal",
    "AppealKind",
    "AppealState",
    "ApplicationStatus",
    "Assignment",
    "AssignmentKind",
    "AssignmentStatus",
    "AttemptStatus",
    "AuditEntry",
    "Availability",
    "Badge",
    "Base",
    "BlueprintState",
    "BlueprintVersion",
    "Booking",
    "BookingLine",
    "BookingStatus",
    "Calibration",
    "Cancellation",
    "Certificate",
    "CertificateKind",
    "CertificateState",
    "ChatLine",
    "ChatSitting",
    "Consent",
    "ConsentPurpose",
    "Contact",
    "ContactChannel",
    "ContactImport",
    "DisabilityFact",
    "DisclosureEntry",
    "ExamAnswer",
    "ExamAttempt",
    "ExamRevision",
    "ExamSetting",
    "ExamWatch",
    "FlagState",
    "IdentityCheck",
    "IdentitySource",
    "IdentityStatus",
    "ImportFault",
    "ImportStatus",
    "IntegrityFlag",
    "ItemExposure",
    "ItemFigure",
    "ItemFlag",
    "ItemState",
    "ItemVersion",
    "LessonReading",
    "MatchPrice",
    "MatchRun",
    "MatchStatus",
    "MemberRole",
    "Membership",
    "Merchant",
    "Message",
    "MessageChannel",
    "MessageStatus",
    "Notice",
    "NoticeKind",
    "NoticePreference",
    "OutboxMessage",
    "Payment",
    "PaymentProvider",
    "PaymentStatus",
    "PeakEvent",
    "PlannedSeat",
    "Project",
    "ProjectApplication",
    "RetestOutcome",
    "Role",
    "SeasonPhase",
    "SeatCell",
    "SeatCover",
    "SeatPin",
    "ServiceLine",
    "ShiftSlot",
    "Shortage",
    "SignKind",
    "SignState",
    "Topic",
    "TrialShift",
    "TrialStatus",
    "User",
    "UserSession",
    "Verification",
    "VerificationPurpose",
]
