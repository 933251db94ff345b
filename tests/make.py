"""Builders of saved rows: every argument has a default, so a test names only what matters to it."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app import passwords
from app.models import (
    Agent,
    AgentNeeds,
    AgentStatus,
    ApplicationStatus,
    Assignment,
    AssignmentKind,
    AssignmentStatus,
    Availability,
    Base,
    Booking,
    BookingLine,
    BookingStatus,
    Certificate,
    CertificateKind,
    Contact,
    ContactChannel,
    MatchRun,
    MatchStatus,
    MemberRole,
    Membership,
    Merchant,
    PeakEvent,
    Project,
    ProjectApplication,
    Role,
    SeatCell,
    SeatCover,
    ServiceLine,
    ShiftSlot,
    User,
)
from app.permissions import Actor

Row = TypeVar("Row", bound=Base)

SHANGHAI = ZoneInfo("Asia/Shanghai")
# A quiet moment before the season: noon in Shanghai on 20 October 2026.
NOON = dt.datetime(2026, 10, 20, 12, tzinfo=SHANGHAI).astimezone(dt.UTC)
SEASON_STARTS = dt.date(2026, 10, 27)
SEASON_ENDS = dt.date(2026, 11, 13)
PASSWORD = "correct horse battery"


def shanghai(day: int, hour: int, *, month: int = 11) -> dt.datetime:
    """Return a moment of the season 2026 by its local day and hour, in UTC; hour 24 is midnight."""
    return (dt.datetime(2026, month, day, tzinfo=SHANGHAI) + dt.timedelta(hours=hour)).astimezone(dt.UTC)


SALE_ENDS = shanghai(26, 0, month=10)
PEAK = shanghai(11, 20)


class Make:
    """Saves rows and forgets them, so that the code under test really reads: query counts are then real."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def user(
        self,
        *,
        role: Role = Role.AGENT,
        name: str = "林晓",
        email: str | None = None,
        mobile: str | None = None,
        password: str | None = None,
        locale: str = "zh",
    ) -> User:
        return self._save(
            User(
                id=uuid.uuid4(),
                role=role,
                name=name,
                email=email,
                mobile=mobile or (None if email else f"139{secrets.randbelow(10**8):08d}"),
                password_hash=passwords.hash_password(password) if password else "no password",
                locale=locale,
                created_at=NOON,
            )
        )

    def agent(
        self,
        *,
        user: User | None = None,
        region: str = "寻乌县",
        status: AgentStatus = AgentStatus.CERTIFIED,
        standing: int = 60,
        joined_at: dt.datetime = NOON,
        left_at: dt.datetime | None = None,
        identity_confirmed_at: dt.datetime | None = NOON,
    ) -> Agent:
        """Save an agent whom we know: only a newcomer's identity is still open."""
        if status is AgentStatus.NEW:
            identity_confirmed_at = None
        return self._save(
            Agent(
                id=uuid.uuid4(),
                user_id=(user or self.user(role=Role.AGENT)).id,
                region=region,
                status=status,
                standing=standing,
                calendar_token=secrets.token_urlsafe(16),
                joined_at=joined_at,
                left_at=left_at,
                identity_confirmed_at=identity_confirmed_at,
            )
        )

    def needs(self, agent: Agent, **values: object) -> AgentNeeds:
        return self._save(AgentNeeds(id=uuid.uuid4(), agent_id=agent.id, updated_at=NOON, **values))

    def availability(
        self, agent: Agent, *, starts_at: dt.datetime, ends_at: dt.datetime, preference: int = 0
    ) -> Availability:
        return self._save(
            Availability(
                id=uuid.uuid4(),
                agent_id=agent.id,
                starts_at=starts_at,
                ends_at=ends_at,
                preference=preference,
            )
        )

    def merchant(self, *, name: str = "小鹿家居旗舰店") -> Merchant:
        return self._save(Merchant(id=uuid.uuid4(), name=name, region="杭州", created_at=NOON))

    def membership(
        self,
        *,
        merchant: Merchant | None = None,
        user: User | None = None,
        role: MemberRole = MemberRole.OWNER,
    ) -> Membership:
        return self._save(
            Membership(
                id=uuid.uuid4(),
                merchant_id=(merchant or self.merchant()).id,
                user_id=(user or self.user(role=Role.MERCHANT, name="陈敏")).id,
                role=role,
            )
        )

    def project(
        self,
        *,
        merchant: Merchant | None = None,
        merchant_id: uuid.UUID | None = None,
        name: str = "小鹿家居·售前",
        service_line: ServiceLine = ServiceLine.PRESALES_CHAT,
        concurrent_chats: int = 3,
    ) -> Project:
        return self._save(
            Project(
                id=uuid.uuid4(),
                merchant_id=merchant_id or (merchant or self.merchant()).id,
                name=name,
                service_line=service_line,
                concurrent_chats=concurrent_chats,
                created_at=NOON,
            )
        )

    def certificate(
        self,
        agent: Agent,
        *,
        project: Project | None = None,
        issued_at: dt.datetime = NOON,
        expires_at: dt.datetime = NOON + dt.timedelta(days=365),
        revoked_at: dt.datetime | None = None,
        number: str | None = None,
    ) -> Certificate:
        return self._save(
            Certificate(
                id=uuid.uuid4(),
                number=number or f"TEST-{secrets.token_hex(6)}",
                kind=CertificateKind.PROJECT if project else CertificateKind.BASE,
                agent_id=agent.id,
                project_id=project.id if project else None,
                percent=85,
                issued_at=issued_at,
                expires_at=expires_at,
                revoked_at=revoked_at,
                digest="0" * 64,
            )
        )

    def application(
        self,
        agent: Agent,
        *,
        project: Project | None = None,
        status: ApplicationStatus = ApplicationStatus.APPLIED,
        applied_at: dt.datetime = NOON,
    ) -> ProjectApplication:
        return self._save(
            ProjectApplication(
                id=uuid.uuid4(),
                agent_id=agent.id,
                project_id=(project or self.project()).id,
                status=status,
                applied_at=applied_at,
            )
        )

    def event(
        self,
        *,
        starts_on: dt.date = SEASON_STARTS,
        ends_on: dt.date = SEASON_ENDS,
        booking_opens_at: dt.datetime = NOON - dt.timedelta(days=60),
        booking_closes_at: dt.datetime = SALE_ENDS,
    ) -> PeakEvent:
        return self._save(
            PeakEvent(
                id=uuid.uuid4(),
                name_zh="双 11",
                name_en="Double 11",
                starts_on=starts_on,
                ends_on=ends_on,
                booking_opens_at=booking_opens_at,
                booking_closes_at=booking_closes_at,
            )
        )

    def slot(
        self,
        *,
        event: PeakEvent | None = None,
        starts_at: dt.datetime = PEAK,
        hours: int = 4,
    ) -> ShiftSlot:
        return self._save(
            ShiftSlot(
                id=uuid.uuid4(),
                event_id=(event or self.event()).id,
                starts_at=starts_at,
                ends_at=starts_at + dt.timedelta(hours=hours),
            )
        )

    def seat_cell(
        self,
        *,
        slot: ShiftSlot | None = None,
        service_line: ServiceLine = ServiceLine.PRESALES_CHAT,
        capacity: int = 10,
        taken: int = 0,
        price_fen: int = 15600,
    ) -> SeatCell:
        slot = slot or self.slot()
        return self._save(
            SeatCell(
                id=uuid.uuid4(),
                event_id=slot.event_id,
                slot_id=slot.id,
                service_line=service_line,
                capacity=capacity,
                taken=taken,
                price_fen=price_fen,
            )
        )

    def booking(
        self,
        *,
        project: Project | None = None,
        cells: dict[uuid.UUID, int] | None = None,
        event_id: uuid.UUID | None = None,
        status: BookingStatus = BookingStatus.CONFIRMED,
        created_at: dt.datetime = NOON,
        deposit_fen: int = 10000,
    ) -> Booking:
        """Save a booking with so many seats for each cell id; the cells' counters are not touched."""
        project = project or self.project()
        if event_id is None:
            event_id = self.event().id
        booking = self._save(
            Booking(
                id=uuid.uuid4(),
                merchant_id=project.merchant_id,
                project_id=project.id,
                event_id=event_id,
                number=f"B{secrets.token_hex(5).upper()}",
                status=status,
                deposit_fen=deposit_fen,
                created_at=created_at,
                hold_expires_at=created_at + dt.timedelta(minutes=30),
                confirmed_at=created_at if status is BookingStatus.CONFIRMED else None,
            )
        )
        for cell_id, seats in (cells or {}).items():
            self._save(
                BookingLine(
                    id=uuid.uuid4(),
                    booking_id=booking.id,
                    seat_cell_id=cell_id,
                    seats=seats,
                    seats_at_first=seats,
                    price_fen=15600,
                )
            )
        return booking

    def assignment(
        self,
        *,
        agent: Agent | None = None,
        project: Project | None = None,
        slot: ShiftSlot | None = None,
        kind: AssignmentKind = AssignmentKind.FORMAL,
        status: AssignmentStatus = AssignmentStatus.OFFERED,
        respond_by: dt.datetime | None = None,
        responded_at: dt.datetime | None = None,
    ) -> Assignment:
        slot = slot or self.slot()
        return self._save(
            Assignment(
                id=uuid.uuid4(),
                event_id=slot.event_id,
                agent_id=(agent or self.agent()).id,
                project_id=(project or self.project()).id,
                slot_id=slot.id,
                kind=kind,
                status=status,
                starts_at=slot.starts_at,
                ends_at=slot.ends_at,
                offered_at=NOON,
                respond_by=respond_by or NOON + dt.timedelta(days=2),
                responded_at=responded_at,
            )
        )

    def seat_cover(
        self,
        *,
        run_id: uuid.UUID,
        project: Project,
        slot: ShiftSlot,
        chance: float = 0.985,
        standbys: int = 1,
        helps: Project | None = None,
    ) -> SeatCover:
        return self._save(
            SeatCover(
                id=uuid.uuid4(),
                run_id=run_id,
                project_id=project.id,
                slot_id=slot.id,
                booked=4,
                seated=4,
                standbys=standbys,
                standbys_alone=3,
                helps_id=helps.id if helps else None,
                chance=chance,
                target=0.98,
                cost_fen=2400 * standbys,
                reckoned_at=NOON,
            )
        )

    def match_run(self, *, status: MatchStatus, number: int = 1, **values: Any) -> MatchRun:
        """Save a run of the matcher, of a season of its own if none is named; one that does not wait began at
        noon.
        """
        if status is not MatchStatus.WAITING:
            values = {"started_at": NOON, **values}
        values = {"seconds": 60, "requested_at": NOON, **values}
        event_id = values.pop("event_id", None) or self.event().id
        return self._save(
            MatchRun(id=uuid.uuid4(), event_id=event_id, number=number, status=status, **values)
        )

    def contact(
        self,
        *,
        agent: Agent | None = None,
        project: Project | None = None,
        started_at: dt.datetime | None = None,
        hours_ago: float = 1,
        minutes: int | None = 10,
        first_manual_seconds: int | None = 4,
        messages_in: int = 5,
        messages_out: int = 6,
        satisfaction: int | None = 5,
        resolved: bool | None = True,
    ) -> Contact:
        """Save a chat of so many minutes (None: still open); by default it went well, an hour ago."""
        project = project or self.project()
        started_at = started_at or NOON - dt.timedelta(hours=hours_ago)
        return self._save(
            Contact(
                id=uuid.uuid4(),
                merchant_id=project.merchant_id,
                project_id=project.id,
                agent_id=agent.id if agent else None,
                external_id=secrets.token_hex(6),
                channel=ContactChannel.CHAT,
                started_at=started_at,
                ended_at=None if minutes is None else started_at + dt.timedelta(minutes=minutes),
                first_manual_seconds=first_manual_seconds,
                messages_in=messages_in,
                messages_out=messages_out,
                satisfaction=satisfaction,
                resolved=resolved,
            )
        )

    def user_of(self, row: Agent | Membership) -> User:
        """Return the person behind an agent or a membership."""
        user = self._session.get_one(User, row.user_id)
        self._session.expunge_all()
        return user

    def actor_of(self, row: Agent | Membership) -> Actor:
        """Return the actor that permissions see for an agent or a member."""
        if isinstance(row, Agent):
            return Actor(user_id=row.user_id, role=Role.AGENT, agent_id=row.id)
        return Actor(
            user_id=row.user_id, role=Role.MERCHANT, merchant_id=row.merchant_id, member_role=row.role
        )

    def find(self, table: type[Row], row_id: uuid.UUID) -> Row:
        """Return a row that stands already."""
        row = self._session.get_one(table, row_id)
        self._session.expunge_all()
        return row

    def save(self, row: Row) -> Row:
        """Save any row a test has built itself."""
        return self._save(row)

    def _save(self, row: Row) -> Row:
        self._session.add(row)
        self._session.commit()
        # Forget what was built, so that the code under test has to read it.
        self._session.expunge_all()
        return row
