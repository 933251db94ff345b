"""The words of notices, in both languages. Params are plain values; times arrive as ready-made local text."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from app.models.notice import NoticeKind


@dataclasses.dataclass(frozen=True, kw_only=True)
class NoticeText:
    """A title and a sentence in zh and en, with {named} params; `endpoint` is where the thing can be done."""

    title_zh: str
    title_en: str
    body_zh: str
    body_en: str
    endpoint: str

    def title(self, locale: str, params: Mapping[str, Any]) -> str:
        return (self.title_en if locale == "en" else self.title_zh).format(**params)

    def body(self, locale: str, params: Mapping[str, Any]) -> str:
        return (self.body_en if locale == "en" else self.body_zh).format(**params)


TEXTS: Mapping[NoticeKind, NoticeText] = {
    NoticeKind.OFFER_MADE: NoticeText(
        title_zh="有一份邀约在等你",
        title_en="A shift offer is waiting for you",
        body_zh="{project}，{when}。请在 {respond_by} 前答复；不接不影响以后的邀约。",
        body_en="{project}, {when}. Please answer by {respond_by}; saying no does not affect later offers.",
        endpoint="agents.list_offers",
    ),
    NoticeKind.OFFER_LAPSED: NoticeText(
        title_zh="一份邀约过期了",
        title_en="An offer has lapsed",
        body_zh="{project}，{when}。没有在期限前答复，这一班给了别人；不扣分。",
        body_en="{project}, {when}. It was not answered in time and went to somebody else. No points lost.",
        endpoint="agents.list_offers",
    ),
    NoticeKind.SHIFT_CHANGED: NoticeText(
        title_zh="你的班次有变动",
        title_en="One of your shifts has changed",
        body_zh="{project}，{when}：{change}",
        body_en="{project}, {when}: {change}",
        endpoint="agents.show_today",
    ),
    NoticeKind.STANDBY_CALLED: NoticeText(
        title_zh="候补叫到你了",
        title_en="You are called from standby",
        body_zh="{project}，{when}。请在 {come_by} 前报到，从叫到那一刻起按正式班计薪。",
        body_en="{project}, {when}. Please check in by {come_by}; you earn shift pay from the call on.",
        endpoint="agents.show_today",
    ),
    NoticeKind.CERTIFICATE_ISSUED: NoticeText(
        title_zh="认证已发给你",
        title_en="Your certificate is issued",
        body_zh="{certificate}，编号 {number}。任何人都可以在公开页面查验。",
        body_en="{certificate}, number {number}. Anybody can check it on the public page.",
        endpoint="agents.list_certificates",
    ),
    NoticeKind.CERTIFICATE_CHANGED: NoticeText(
        title_zh="你的认证有变动",
        title_en="Something about your certificate has changed",
        body_zh="{certificate}：{change}",
        body_en="{certificate}: {change}",
        endpoint="agents.list_certificates",
    ),
    NoticeKind.IDENTITY_DECIDED: NoticeText(
        title_zh="身份核实有结果了",
        title_en="Your identity check is decided",
        body_zh="你的身份{verdict}",
        body_en="Your identity is {verdict}",
        endpoint="agents.show_identity",
    ),
    NoticeKind.ATTEMPT_WAIVED: NoticeText(
        title_zh="有一次考试不算了",
        title_en="One of your attempts does not count",
        body_zh="{exam}：那一次不算，不占次数，也不用等。原因：{reason}",
        body_en="{exam}: that attempt counts for nothing, and there is no wait. Reason: {reason}",
        endpoint="agents.list_exams",
    ),
    NoticeKind.APPEAL_DECIDED: NoticeText(
        title_zh="你的申诉有答复了",
        title_en="Your appeal is answered",
        body_zh="{subject}：{verdict}",
        body_en="{subject}: {verdict}",
        endpoint="agents.list_appeals",
    ),
    NoticeKind.RESULT_QUESTIONED: NoticeText(
        title_zh="有人看了你的一次考试",
        title_en="Somebody has looked at one of your exams",
        body_zh="{exam}：{what}",
        body_en="{exam}: {what}",
        endpoint="agents.list_exams",
    ),
    NoticeKind.CERTIFICATE_EXPIRING: NoticeText(
        title_zh="认证快到期了",
        title_en="A certificate is about to run out",
        body_zh="{certificate}：{when}到期，还剩 {days} 天。再考一次就续上，新认证接着旧的算，不用再试岗。",
        body_en="{certificate} ends on {when}, days left: {days}. Sit the exam once more to renew it: the "
        "new certificate goes on where this one ends, with no trial shift.",
        endpoint="agents.show_growth",
    ),
    NoticeKind.APPLICATION_DECIDED: NoticeText(
        title_zh="你的项目申请有结果了",
        title_en="Your project application is decided",
        body_zh="{project}：{verdict}",
        body_en="{project}: {verdict}",
        endpoint="agents.list_projects",
    ),
    NoticeKind.BOOKING_HELD: NoticeText(
        title_zh="坐席已占住",
        title_en="Your seats are held",
        body_zh="预订 {number}：{seats} 席。请在 {expires} 前付定金 {deposit}，过时自动放回。",
        body_en="Booking {number}: {seats} seats. Pay the deposit of {deposit} by {expires} to keep them.",
        endpoint="merchants.list_bookings",
    ),
    NoticeKind.BOOKING_CONFIRMED: NoticeText(
        title_zh="预订已确认",
        title_en="Your booking is confirmed",
        body_zh="预订 {number}：{seats} 席，定金 {deposit} 已到账。",
        body_en="Booking {number}: {seats} seats, the deposit of {deposit} has arrived.",
        endpoint="merchants.list_bookings",
    ),
    NoticeKind.BOOKING_EXPIRED: NoticeText(
        title_zh="占位已过期",
        title_en="Your hold has run out",
        body_zh="预订 {number} 到 {expires} 没有收到定金，{seats} 席已放回；没有收费。",
        body_en="Booking {number} was not paid by {expires}; {seats} seats went back. Nothing was charged.",
        endpoint="merchants.list_bookings",
    ),
    NoticeKind.BOOKING_CANCELLED: NoticeText(
        title_zh="已取消 {seats} 席",
        title_en="{seats} seats cancelled",
        body_zh="预订 {number}：取消费 {fee}，退回 {refund}。",
        body_en="Booking {number}: the fee is {fee}, {refund} is paid back.",
        endpoint="merchants.list_bookings",
    ),
    NoticeKind.PAYMENT_RECEIVED: NoticeText(
        title_zh="收到一笔转账待确认",
        title_en="A bank transfer waits for confirmation",
        body_zh="预订 {number}，{merchant}，{amount}。",
        body_en="Booking {number}, {merchant}, {amount}.",
        endpoint="operations.list_payments",
    ),
    NoticeKind.MATCH_FINISHED: NoticeText(
        title_zh="第 {number} 次排班算完了",
        title_en="Matcher run {number} has finished",
        body_zh="{seats} 席排上 {filled} 席，离理论上限最多差 {gap}。",
        body_en="{filled} of {seats} seats are staffed; at most {gap} below the best possible.",
        endpoint="operations.show_season",
    ),
    NoticeKind.ROTA_PUBLISHED: NoticeText(
        title_zh="排班已发布",
        title_en="The rota is published",
        body_zh="第 {number} 次排班：发出 {offers} 份邀约，{standbys} 位候补；{dropped} 席没发成。",
        body_en="Run {number}: {offers} offers and {standbys} standbys sent; {dropped} seats left out.",
        endpoint="operations.show_season",
    ),
    NoticeKind.MATCH_FAILED: NoticeText(
        title_zh="第 {number} 次排班没有成",
        title_en="Matcher run {number} failed",
        body_zh="没有算出来，或没有发布。原因在这一次排班的页面上。",
        body_en="It was not computed or not published. The run's page says why.",
        endpoint="operations.show_season",
    ),
    NoticeKind.SEAT_UNSTAFFED: NoticeText(
        title_zh="一个坐席没找到人",
        title_en="A seat could not be staffed",
        body_zh="{project}，{when}：{reason}",
        body_en="{project}, {when}: {reason}",
        endpoint="operations.show_day",
    ),
    NoticeKind.IMPORT_FINISHED: NoticeText(
        title_zh="导入完成：{file_name}",
        title_en="Import finished: {file_name}",
        body_zh="读了 {read} 行，收下 {imported} 行，有问题 {faults} 处。",
        body_en="{read} lines read, {imported} taken in, {faults} faults.",
        endpoint="operations.list_imports",
    ),
    NoticeKind.REFUND_DUE: NoticeText(
        title_zh="有一笔钱要退给你",
        title_en="We owe you a refund",
        body_zh="预订 {number} 的 {amount} 到账时坐席已经放回，有的班次不够了。全数退回，不收费。",
        body_en="The {amount} for booking {number} came after its seats went back, and some were sold. "
        "All of it is paid back, nothing is charged.",
        endpoint="merchants.list_bookings",
    ),
}
