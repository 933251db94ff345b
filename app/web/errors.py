"""How each refusal of the domain looks to a browser when the view did not turn it into a form message."""

from __future__ import annotations

from collections.abc import Mapping

import structlog
from flask import Flask, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from app import errors
from app.web.identity import forget_visitor
from app.work_steps import WorkStep

logger = structlog.get_logger(__name__)

STATUS: Mapping[type[errors.DomainError], int] = {
    errors.NotFoundError: 404,
    errors.StaleStateError: 409,
    errors.LostClaimError: 409,
    errors.ChangedCertificateError: 409,
    errors.AlreadyRegisteredError: 409,
    errors.CodeRefusedError: 409,
    errors.TooManyCodesError: 429,
    errors.SignInRefusedError: 409,
    errors.StepSkippedError: 409,
    errors.BarredError: 409,
    errors.LessonsUnreadError: 409,
    errors.AppealLateError: 409,
    errors.SameDeciderError: 409,
    errors.UnderAgeError: 409,
    errors.IdentityUnknownError: 409,
    errors.WorkStepMissingError: 409,
    errors.ConsentMissingError: 409,
    errors.UnsuitableProjectError: 409,
    errors.AttemptRunningError: 409,
    errors.AttemptClosedError: 409,
    errors.QuestionFrozenError: 409,
    errors.AnswerConfirmedError: 409,
    errors.CalibrationRefusedError: 409,
    errors.BreakRefusedError: 409,
    errors.ChatOverError: 409,
    errors.ChatSequenceError: 409,
    errors.RetakeTooEarlyError: 409,
    errors.OverlapError: 409,
    errors.SeatsUnavailableError: 409,
    errors.SlotStartedError: 409,
    errors.TransferUsedError: 409,
    errors.BookingClosedError: 409,
    errors.MatchRunningError: 409,
    errors.OfferClosedError: 409,
    errors.PinRefusedError: 409,
    errors.CheckInClosedError: 409,
    errors.OwnWorkError: 409,
    errors.ItemTakenError: 409,
    errors.BankGapError: 409,
    errors.NoSubstituteError: 409,
}

# What happened and what to do, one pair of sentences for each refusal.
REFUSALS = {
    errors.StaleStateError: _l("这件事已经变了：在你打开页面之后有人处理过。请返回上一页，刷新后再看。"),
    errors.LostClaimError: _l("另一个进程已经接手。请刷新页面看结果。"),
    errors.ChangedCertificateError: _l("这张认证的内容对不上，所以不能下载，也请不要相信它。请告诉我们。"),
    errors.AlreadyRegisteredError: _l("这个手机号或邮箱已经注册。请直接登录，或用它找回密码。"),
    errors.CodeRefusedError: _l("验证码不对或已过期。请重新获取。"),
    errors.TooManyCodesError: _l("发验证码太频繁了。请过一会儿再要；先看看之前的短信或邮件。"),
    errors.SignInRefusedError: _l("账号或密码不对。请检查后再试。"),
    errors.StepSkippedError: _l("还差前一步。请按顺序来：注册、基础考试、人才池、项目、试岗、正式班。"),
    errors.BarredError: _l("这张认证被撤销过，还没到可以重新开始的日子。“我的认证”里写着日期和原因。"),
    errors.LessonsUnreadError: _l(
        "这个项目的培训还没看完，所以考核还没开。请先到“考试”页打开培训，看完每一课。"
    ),
    errors.AppealLateError: _l("过了 30 天，这个决定不能再申诉。有新的情况，请直接联系我们。"),
    errors.SameDeciderError: _l("这个决定是你做的，要由另一个人来答复申诉。"),
    errors.UnderAgeError: _l("要满 16 周岁才能接班，所以没有保存你填的内容。"),
    errors.IdentityUnknownError: _l("身份还没有确认。请先在“成长”页完成身份核实，再试岗和接班。"),
    errors.ConsentMissingError: _l("还没有你的同意，所以没有保存。请勾选同意，或把需要改回默认。"),
    errors.UnsuitableProjectError: _l("这个项目和你写的需要不合。改了“我的需要”以后，就可以申请。"),
    errors.AttemptRunningError: _l("你有一场考试正在进行。请先回到那场考试。"),
    errors.AttemptClosedError: _l("这场考试已经交卷或时间已到，不再收答案。已保存的答案都算分。"),
    errors.QuestionFrozenError: _l("这道题在休息前看过，已经锁定，不能再答。请答其他题。"),
    errors.AnswerConfirmedError: _l("这道题已经确认过，不能再改。请接着答现在这一题。"),
    errors.CalibrationRefusedError: _l("这一版题目参数撑不起自适应考试。请看它的页面：缺哪些题，误差多大。"),
    errors.BreakRefusedError: _l(
        "现在不能休息：次数用完了，或者还有一场对话没有结束。请先结束对话，或接着答题。"
    ),
    errors.ChatOverError: _l("这场对话已经结束，不能再发。请回到考试接着答其他题。"),
    errors.ChatSequenceError: _l("你在另一个窗口刚发过一条。请刷新页面，看一眼再发。"),
    errors.RetakeTooEarlyError: _l("还没到可以重考的时间。请看考试页写明的日期。"),
    errors.OverlapError: _l("这段时间和已有的时间重叠。请改开始或结束时间。"),
    errors.SeatsUnavailableError: _l("有的班次余席不够，所以一席也没有占。请减少席数或换班次。"),
    errors.SlotStartedError: _l("有的班次已经开始，不能再订也不能取消。请换还没开始的班次。"),
    errors.TransferUsedError: _l(
        "这份预订已经为银行转账留过一次坐席，不能再留。之前那笔钱到了，照样可以确认。"
    ),
    errors.BookingClosedError: _l("现在不在预订期内。请看季节页写明的开放时间。"),
    errors.MatchRunningError: _l("这一季正在排班。请等它算完，或先停下它。"),
    errors.PinRefusedError: _l("不能把这个人定在这一席：会破规则。请换一个人或换一班。"),
    errors.OfferClosedError: _l("这份邀约已经答复过或过期了。"),
    errors.CheckInClosedError: _l("现在不能报到。请在开班前 30 分钟到开班后 15 分钟之间报到。"),
    errors.OwnWorkError: _l("这是你自己写的，要由另一个人来看。请让同事打开这一页。"),
    errors.ItemTakenError: _l("这个编号已经有题了。请换一个编号。"),
    errors.BankGapError: _l("这样一改，就有考试凑不齐题了，所以没有改。请先补上能顶替的题。"),
    errors.NoSubstituteError: _l("这个时段没有合适又有空的人。请试试候补或改时间。"),
}

# What is missing before a shift, and the page where it is mended, with that page's name.
MISSING_STEPS = {
    WorkStep.IDENTITY: (
        _l("身份还没有确认，所以不能接班、报到。请先核实身份。"),
        "agents.show_identity",
        _l("去核实身份"),
    ),
    WorkStep.CERTIFICATE: (
        _l("你还没有这个项目的认证，所以不能上这一班。请先走完培训、考核和试岗。"),
        "agents.show_growth",
        _l("看看差哪一步"),
    ),
    WorkStep.EXPIRED: (
        _l("你在这个项目的认证到这一班结束前就过期，所以不能上这一班。请先续期。"),
        "agents.list_certificates",
        _l("去看怎么续期"),
    ),
    WorkStep.SUSPENDED: (
        _l("你在这个项目的认证正停用，开班时还没有恢复，所以不能上这一班。原因和恢复的时间写在认证上。"),
        "agents.list_certificates",
        _l("看认证"),
    ),
    WorkStep.REVOKED: (
        _l("你在这个项目的认证被撤销了，所以不能上这一班。原因和可以重新开始的日子写在认证上。"),
        "agents.list_certificates",
        _l("看认证"),
    ),
    WorkStep.MINOR_HOURS: (
        _l("未满 18 周岁，不上 22 点到 6 点的班，一天最多 8 小时，所以不能上这一班。请接白天的班。"),
        "agents.list_offers",
        _l("看其他邀约"),
    ),
}

PAGES = {
    400: (_l("这个请求我们看不懂"), _l("请返回上一页再试一次。")),
    401: (_l("请先登录"), _l("登录后会回到你要看的页面。")),
    403: (_l("这一页不对你开放"), _l("你登录的账号没有这个权限。请换账号登录，或回到首页。")),
    404: (_l("没有找到这一页"), _l("网址可能写错了，或者它不属于你的账号。请回到首页再找。")),
    405: (_l("这一页不能这样打开"), _l("请从页面上的按钮进入。")),
    409: (_l("没有做成"), _l("情况已经变了。请返回上一页，刷新后再试。")),
    413: (_l("文件太大"), _l("一次最多 64 MB。请分成几个文件再传。")),
    422: (_l("有的内容需要改"), _l("请返回上一页，按提示修改。")),
    429: (_l("试得太快了"), _l("请过几分钟再试。")),
    500: (_l("我们这边出错了"), _l("你填的内容没有保存。请过一会儿再试；如果还不行，请告诉我们。")),
    503: (_l("暂时忙不过来"), _l("请过一会儿再试。已经保存的内容都在。")),
}


def init_errors(app: Flask) -> None:
    """Give every failure a page in plain words."""
    app.register_error_handler(errors.DomainError, show_refusal)
    app.register_error_handler(CSRFError, show_stale_form)
    app.register_error_handler(HTTPException, show_http_error)
    app.register_error_handler(OperationalError, show_database_away)
    app.register_error_handler(Exception, show_fault)


def show_refusal(error: errors.DomainError) -> ResponseReturnValue:
    status = STATUS[type(error)]
    title, advice = PAGES[status]
    if isinstance(error, errors.WorkStepMissingError):
        advice, endpoint, words = MISSING_STEPS[error.step]
        return _page(status, title, advice, mend=(url_for(endpoint), words))
    return _page(status, title, REFUSALS.get(type(error), advice))


def show_stale_form(error: CSRFError) -> ResponseReturnValue:  # noqa: ARG001 - the reason is not the reader's
    return _page(400, _l("这一页打开太久了"), _l("为了安全，请返回上一页，刷新后再提交。"))


def show_http_error(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    title, advice = PAGES.get(status, PAGES[400 if status < 500 else 500])
    return _page(status, title, advice)


def show_database_away(error: OperationalError) -> ResponseReturnValue:
    logger.error("database away", error=str(error.orig))
    # The page asks who reads it, which would fail once more.
    forget_visitor()
    return _page(503, *PAGES[503])


def show_fault(error: Exception) -> ResponseReturnValue:
    logger.error("unhandled", exc_info=error)
    return _page(500, *PAGES[500])


def _page(
    status: int, title: object, advice: object, *, mend: tuple[str, object] | None = None
) -> ResponseReturnValue:
    """Say what happened and what to do; `mend` is the address and name of the page where it is done."""
    page = render_template("errors/error.html", title=title, advice=advice, status=status, mend=mend)
    return page, status
