"""Accounts: signing up and in, the account's own pages, notices."""

from __future__ import annotations

import datetime as dt
import uuid

from app.models import UserSession
from app.permissions import Permission
from tests.make import NOON
from tests.web.pages import Page, World


def pages(world: World) -> list[Page]:
    manage, read = Permission.ACCOUNT_MANAGE, Permission.NOTICE_READ
    # A sign-in of somebody who sends none of the requests: it is strange to every role.
    strange = world.make.save(
        UserSession(
            id=uuid.uuid4(),
            user_id=world.other_agent.user_id,
            token_hash=uuid.uuid4().hex,
            device="test",
            created_at=NOON,
            expires_at=NOON + dt.timedelta(days=365),
        )
    )
    session_of_another = {"session_id": strange.id}
    return [
        Page(endpoint="auth.sign_in", access=None),
        Page(endpoint="auth.sign_in", access=None, method="POST", allowed=422),
        Page(endpoint="auth.sign_up_agent", access=None),
        Page(endpoint="auth.sign_up_agent", access=None, method="POST", allowed=422),
        Page(endpoint="auth.sign_up_merchant", access=None),
        Page(endpoint="auth.sign_up_merchant", access=None, method="POST", allowed=422),
        Page(endpoint="auth.forgot_password", access=None),
        Page(endpoint="auth.forgot_password", access=None, method="POST", allowed=422),
        # Without a code that this browser asked for, these lead back to the sign-in page.
        Page(endpoint="auth.enter_code", access=None, allowed=302),
        Page(endpoint="auth.enter_code", access=None, method="POST", allowed=302),
        Page(endpoint="auth.resend_code", access=None, method="POST", allowed=302),
        Page(endpoint="auth.choose_password", access=None, allowed=302),
        Page(endpoint="auth.choose_password", access=None, method="POST", allowed=302),
        Page(endpoint="auth.show_home", access=manage, allowed=302),
        # The requests of the matrix come without a saved sign-in: there is none to end.
        Page(endpoint="auth.sign_out", access=manage, method="POST", allowed=404),
        Page(endpoint="auth.show_account", access=manage),
        Page(endpoint="auth.save_profile", access=manage, method="POST", allowed=422),
        Page(endpoint="auth.change_password", access=manage, method="POST", allowed=422),
        Page(endpoint="auth.choose_mails", access=manage, method="POST", allowed=302),
        Page(
            endpoint="auth.end_session",
            access=manage,
            method="POST",
            own=session_of_another,
            other=session_of_another,
            allowed=404,
        ),
        Page(endpoint="auth.list_notices", access=read),
        Page(endpoint="auth.mark_notices_read", access=read, method="POST", allowed=302),
    ]
