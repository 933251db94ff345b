"""What is sent to an e-mail address or a mobile number that somebody typed, in both languages.

The page says the same whether or not the contact has an account; only this message, which reaches nobody but
the contact's owner, tells the two apart.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping


@dataclasses.dataclass(frozen=True, kw_only=True)
class Words:
    """Subject and body of a mail; an SMS carries the body alone."""

    subject: str
    body: str


SIGN_UP_CODE: Mapping[str, Words] = {
    "zh": Words(
        subject="你的坐席注册验证码",
        body="【坐席】注册验证码 {code}，10 分钟内有效。坐席从不收钱；不要把验证码告诉任何人。",
    ),
    "en": Words(
        subject="Your Zuoxi sign-up code",
        body="Your Zuoxi sign-up code is {code}, valid for 10 minutes. "
        "Zuoxi never charges agents; tell nobody this code.",
    ),
}

SIGN_UP_KNOWN: Mapping[str, Words] = {
    "zh": Words(
        subject="你已经有坐席账号",
        body="【坐席】有人用这个手机号或邮箱注册，但它已有账号。是你的话，请直接登录，或在登录页选“忘记密码”。"
        "不是你，就不用理会。",
    ),
    "en": Words(
        subject="You already have a Zuoxi account",
        body="Somebody asked to sign up with this number or address, but it has a Zuoxi account already. "
        "If it was you, sign in, or choose “I forgot my password” there. If not, there is nothing to do.",
    ),
}

RESET_CODE: Mapping[str, Words] = {
    "zh": Words(
        subject="重设坐席密码的验证码",
        body="【坐席】重设密码的验证码 {code}，10 分钟内有效。不是你要的，就不用理会；不要把它告诉任何人。",
    ),
    "en": Words(
        subject="Your code to set a new Zuoxi password",
        body="Your code to set a new Zuoxi password is {code}, valid for 10 minutes. "
        "If you did not ask for it, there is nothing to do; tell nobody this code.",
    ),
}

RESET_UNKNOWN: Mapping[str, Words] = {
    "zh": Words(
        subject="这个邮箱没有坐席账号",
        body="【坐席】有人用这个手机号或邮箱找回密码，但它没有账号。是你的话，请换当时注册用的号码或邮箱，或重新注册。",
    ),
    "en": Words(
        subject="No Zuoxi account has this address",
        body="Somebody asked for a new Zuoxi password with this number or address, but no account has it. "
        "If it was you, use the one you signed up with, or sign up.",
    ),
}

PASSWORD_CHANGED: Mapping[str, Words] = {
    "zh": Words(
        subject="你的坐席密码改了",
        body="【坐席】你的密码刚刚改了，其他设备上的登录都已结束。不是你改的，请马上在登录页选“忘记密码”。",
    ),
    "en": Words(
        subject="Your Zuoxi password was changed",
        body="Your Zuoxi password was just changed, and your sign-ins on other devices have ended. "
        "If it was not you, choose “I forgot my password” on the sign-in page now.",
    ),
}
