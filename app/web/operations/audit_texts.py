"""The audit's actions and subjects in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from app.web.formats import format_number

# Each reads as the end of a sentence that begins with who acted.
ACTIONS: Mapping[str, object] = {
    "agent.created": _l("注册成了客服"),
    "appeal.granted": _l("同意了申诉"),
    "appeal.made": _l("提出了申诉"),
    "appeal.refused": _l("没有同意申诉"),
    "application.certified": _l("给申请人发了项目认证"),
    "application.declined": _l("没有通过项目申请"),
    "application.made": _l("申请了项目"),
    "application.reopened": _l("重开了项目申请"),
    "application.trial-started": _l("安排了试岗"),
    "application.withdrawn": _l("撤回了项目申请"),
    "assignment.accepted": _l("接了一班"),
    "assignment.checked-in": _l("报到了"),
    "assignment.declined": _l("没接一班"),
    "assignment.done": _l("上完了一班"),
    "assignment.lapsed": _l("收回了过期的邀约"),
    "assignment.missed": _l("记下一班没有来人"),
    "assignment.missing": _l("发现有人没报到"),
    "assignment.refilled": _l("给空出的坐席找到了人"),
    "assignment.released": _l("退了一班"),
    "assignment.replaced": _l("换了人"),
    "assignment.standby-called": _l("叫了候补"),
    "assignment.taken-back": _l("认证停了，收回了一班"),
    "assignment.stood-by": _l("候补完了一班"),
    "assignment.unstaffed": _l("没给坐席找到人"),
    "assignment.withdrawn": _l("收回了没人再订的邀约"),
    "accommodation.exported": _l("导出了考试需要"),
    "accommodation.imported": _l("从文件收下了考试需要"),
    "attempt.break-ended": _l("考试休息结束"),
    "attempt.break-started": _l("考试中休息"),
    "attempt.chat-flagged": _l("对话里有拿不准的句子，等人看"),
    "attempt.extended": _l("延长了考试时间"),
    "attempt.grace-used": _l("用掉了断网的宽限"),
    "attempt.remarked": _l("重新判了考卷"),
    "attempt.started": _l("开始了考试"),
    "attempt.submitted": _l("交了考卷"),
    "project.validity-set": _l("改了项目认证的有效期"),
    "attempt.waived": _l("让一次考试不算"),
    "availability.changed": _l("改了能来的时间"),
    "blueprint.approved": _l("通过了一份蓝图"),
    "blueprint.saved": _l("写了一份蓝图的草稿"),
    "blueprint.sent-back": _l("退回了一份蓝图"),
    "blueprint.submitted": _l("把一份蓝图交人审"),
    "booking.cancelled": _l("取消了坐席"),
    "booking.confirmed": _l("确认了预订"),
    "booking.expired": _l("放回了过期的占位"),
    "booking.held": _l("占了坐席"),
    "booking.revived": _l("恢复了预订"),
    "calendar.address_changed": _l("换了日历的地址"),
    "calibration.taken-in": _l("收下了一版题目参数"),
    "certificate.issued": _l("发了认证"),
    "certificate.reinstated": _l("恢复了认证"),
    "certificate.revoked": _l("收回了认证"),
    "certificate.suspended": _l("停用了认证"),
    "consent.given": _l("同意了使用"),
    "consent.withdrawn": _l("撤回了同意"),
    "contact-import.created": _l("上传了会话"),
    "contact-import.done": _l("导入完会话"),
    "contact-import.refused": _l("没有收下会话，里面有错"),
    "exam-setting.adaptive": _l("让考试按回答选题"),
    "exam-setting.fixed": _l("让考试用固定卷"),
    "item-flag.decided": _l("看过了一道要看的题"),
    "item.approved": _l("通过了一道题"),
    "item.discarded": _l("扔掉了一道题的草稿"),
    "item.retired": _l("停用了一道题"),
    "item.saved": _l("写了一道题的草稿"),
    "item.sent-back": _l("退回了一道题"),
    "item.submitted": _l("把一道题交人审"),
    "identity.confirmed": _l("确认了一个人的身份"),
    "identity.refused": _l("没有确认一个人的身份"),
    "identity.submitted": _l("提交了身份"),
    "integrity.agrees": _l("两次成绩一致，确认了一次考试"),
    "integrity.cleared": _l("看过一次考试，没有发现问题"),
    "integrity.differs": _l("两次成绩不一样，等人来定"),
    "integrity.missed": _l("没有来确认成绩，等人来定"),
    "integrity.restored": _l("让一次考试重新算数"),
    "integrity.retest": _l("请人确认一次考试的成绩"),
    "integrity.void": _l("定一次考试的成绩不算数"),
    "job.revived": _l("让放弃的工作再试一次"),
    "match_run.failed": _l("排班没有成"),
    "match_run.finished": _l("排完了一次班"),
    "match_run.requested": _l("开始了一次排班"),
    "match_run.stop_asked": _l("叫停了排班"),
    "merchant.created": _l("注册了商家"),
    "needs.changed": _l("改了需要"),
    "note.disclosed": _l("看了一条保密的说明"),
    "note.saved": _l("写了一条保密的说明"),
    "payment.arrived": _l("确认了到账"),
    "payment.failed": _l("记下付款没有成"),
    "payment.refund-due": _l("记下要退款"),
    "payment.refunded": _l("退了款"),
    "payment.started": _l("开始付款"),
    "project.created": _l("建了项目"),
    "rota.publish_asked": _l("发布了排班"),
    "rota.published": _l("把排班发给了大家"),
    "seat_pin.made": _l("把一个人定在一席"),
    "seat_pin.removed": _l("放开了定下的一席"),
    "trial.again": _l("要再试一次岗"),
    "trial.failed": _l("没有通过试岗"),
    "trial.passed": _l("通过了试岗"),
    "trial.scheduled": _l("排了试岗"),
    "user.changed": _l("改了账号"),
    "user.created": _l("注册了账号"),
    "user.mails-chosen": _l("选了要收的邮件"),
    "user.password-changed": _l("改了密码"),
    "user.password-reset": _l("找回了密码"),
    "user.password-set": _l("设了密码"),
}

SUBJECTS: Mapping[str, object] = {
    "agent": _l("客服"),
    "agent_needs": _l("需要"),
    "appeal": _l("申诉"),
    "assignment": _l("班次"),
    "booking": _l("预订"),
    "calibration": _l("题目参数"),
    "certificate": _l("认证"),
    "consent": _l("同意"),
    "contact_import": _l("会话导入"),
    "disability_fact": _l("保密的说明"),
    "exam_attempt": _l("考试"),
    "exam_setting": _l("考试的考法"),
    "item_flag": _l("要看的题"),
    "exam_blueprint_version": _l("蓝图"),
    "exam_item_version": _l("题"),
    "identity_check": _l("身份"),
    "integrity_flag": _l("考试里要看的地方"),
    "match_run": _l("排班"),
    "merchant": _l("商家"),
    "outbox_message": _l("后台工作"),
    "payment": _l("付款"),
    "project": _l("项目"),
    "project_application": _l("项目申请"),
    "seat_pin": _l("定下的坐席"),
    "trial_shift": _l("试岗"),
    "user_account": _l("账号"),
}

# What a detail is called; details without a word here are for machines.
_DETAILS: Mapping[str, object] = {
    "dropped": _l("没发成"),
    "filled": _l("排上"),
    "number": _l("编号"),
    "offers": _l("邀约"),
    "percent": _l("得分"),
    "reason": _l("原因"),
    "seats": _l("席数"),
    "seconds": _l("秒"),
    "standbys": _l("候补"),
    "violations": _l("破规则"),
    "withdrawn": _l("收回"),
}


def action_words(action: str) -> object:
    """Return what was done; an action that nobody named here shows its own name."""
    return ACTIONS.get(action, action)


def subject_words(subject_type: str) -> object:
    """Return what it was done to."""
    return SUBJECTS.get(subject_type, subject_type)


def details_text(details: Mapping[str, Any]) -> str:
    """Return the details that people read, as "word figure" pairs."""
    parts = [
        f"{_DETAILS[name]} {format_number(value) if isinstance(value, int) else value}"
        for name, value in details.items()
        if name in _DETAILS
    ]
    return " · ".join(parts)
