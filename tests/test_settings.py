"""What the environment may say, and what is made of it."""

from __future__ import annotations

import pytest

from app import create_app
from app.crypto import make_key_setting
from app.db import db
from app.providers.sms import SmsSandbox
from app.settings import Settings, SettingsError
from exams.badges.keys import make_badge_key_setting
from tests.conftest import settings_for

NEEDED = {
    "DATABASE_URL": "postgresql+psycopg://db/zuoxi",
    "REDIS_URL": "redis://queue",
    "SECRET_KEY": "for tests",
    "ZUOXI_ENCRYPTION_KEY": make_key_setting(),
    "ZUOXI_BADGE_KEYS": make_badge_key_setting(),
}


def test_unset_there_is_no_sms_provider_and_no_trusted_proxy() -> None:
    settings = Settings.from_env(NEEDED)

    assert settings.sms_provider == ""
    assert settings.trusted_proxies == 0


def test_every_fault_is_named_at_once() -> None:
    wrong = {"ZUOXI_SMS_PROVIDER": "pigeon", "ZUOXI_TRUSTED_PROXIES": "-1", "ZUOXI_MATCH_SECONDS": "0"}

    with pytest.raises(SettingsError) as caught:
        Settings.from_env(NEEDED | wrong)

    assert all(name in str(caught.value) for name in wrong)


@pytest.mark.parametrize(
    ("changes", "sandbox"),
    [({}, False), ({"ZUOXI_SMS_PROVIDER": "sandbox"}, True), ({"ZUOXI_DEMO": "1"}, True)],
)
def test_the_sms_sandbox_is_chosen_or_comes_with_a_demo(changes: dict[str, str], sandbox: bool) -> None:
    app = create_app(Settings.from_env(NEEDED | changes))

    assert isinstance(app.config["SMS_PROVIDER"], SmsSandbox) is sandbox
    assert (app.config["SMS_PROVIDER"] is None) is not sandbox


@pytest.mark.parametrize(
    ("proxies", "seen"), [(0, "192.0.2.1 http"), (1, "203.0.113.9 https"), (2, "198.51.100.7 https")]
)
def test_only_the_words_of_trusted_proxies_are_believed(database_url: str, proxies: int, seen: str) -> None:
    app = create_app(settings_for(database_url, trusted_proxies=proxies))
    came: list[str] = []
    app.before_request_funcs.setdefault(None, []).insert(0, lambda: came.append(_who()))

    app.test_client().get(
        "/health",
        environ_base={"REMOTE_ADDR": "192.0.2.1"},
        headers={"X-Forwarded-For": "198.51.100.7, 203.0.113.9", "X-Forwarded-Proto": "https, https"},
    )

    with app.app_context():
        db.engine.dispose()
    assert came == [seen]


def _who() -> str:
    from flask import request

    return f"{request.remote_addr} {request.scheme}"


@pytest.mark.parametrize(("setting", "said"), [("", "is not set"), ("k1:short", "cannot be used")])
def test_without_a_key_for_badges_nothing_starts_and_it_says_what_to_do(setting: str, said: str) -> None:
    with pytest.raises(SettingsError, match=f"ZUOXI_BADGE_KEYS {said}"):
        Settings.from_env(NEEDED | {"ZUOXI_BADGE_KEYS": setting})
