"""Settings, read once from the environment when a process starts."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path

from app.providers.sms import SMS_PROVIDERS
from exams.badges.keys import BadgeKeys

# With more, every seat would need several people standing by.
MOST_COVER_PERCENT = 99


class SettingsError(Exception):
    """The environment does not describe a runnable installation; names every fault at once."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    """What differs between installations. Defaults are right in production and fine in public."""

    database_url: str
    redis_url: str
    secret_key: str = dataclasses.field(repr=False)
    encryption_key: str = dataclasses.field(repr=False)
    badge_keys: str = dataclasses.field(repr=False)
    base_url: str = "http://127.0.0.1:8000"
    smtp_url: str = ""
    mail_from: str = "Zuoxi <no-reply@zuoxi.example>"
    support_mail: str = "help@zuoxi.example"
    secure_cookies: bool = True
    demo: bool = False
    sandbox_payments: bool = False
    sandbox_identity: bool = False
    sms_provider: str = ""
    trusted_proxies: int = 0
    bank_account: str = ""
    clock_file: Path | None = None
    match_seconds: int = 60
    cover_percent: int = 98
    lease_seconds: int = 30
    database_pool_size: int = 8

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Build the settings, or raise SettingsError with every missing or malformed name."""
        faults = [
            f"{name} is not set"
            for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "ZUOXI_ENCRYPTION_KEY")
            if not environ.get(name)
        ]
        faults += _find_badge_key_faults(environ.get("ZUOXI_BADGE_KEYS", ""))
        numbers: dict[str, int] = {}
        for name, default, least in (
            ("ZUOXI_MATCH_SECONDS", 60, 1),
            ("ZUOXI_COVER_PERCENT", 98, 50),
            ("ZUOXI_LEASE_SECONDS", 30, 1),
            ("ZUOXI_DATABASE_POOL_SIZE", 8, 1),
            ("ZUOXI_TRUSTED_PROXIES", 0, 0),
        ):
            text = environ.get(name, str(default))
            if text.isdigit() and int(text) >= least:
                numbers[name] = int(text)
            else:
                faults.append(f"{name} must be a whole number from {least} on, not {text!r}")
        if numbers.get("ZUOXI_COVER_PERCENT", 0) > MOST_COVER_PERCENT:
            faults.append(
                f"ZUOXI_COVER_PERCENT must be {MOST_COVER_PERCENT} at most, since nothing is certain"
            )
        sms_provider = environ.get("ZUOXI_SMS_PROVIDER", "")
        if sms_provider and sms_provider not in SMS_PROVIDERS:
            faults.append(
                f"ZUOXI_SMS_PROVIDER must be empty or one of {', '.join(SMS_PROVIDERS)}, not {sms_provider!r}"
            )
        if faults:
            raise SettingsError("; ".join(faults))
        clock_file = environ.get("ZUOXI_CLOCK_FILE")
        return cls(
            database_url=environ["DATABASE_URL"],
            redis_url=environ["REDIS_URL"],
            secret_key=environ["SECRET_KEY"],
            encryption_key=environ["ZUOXI_ENCRYPTION_KEY"],
            badge_keys=environ["ZUOXI_BADGE_KEYS"],
            base_url=environ.get("ZUOXI_BASE_URL", cls.base_url).rstrip("/"),
            smtp_url=environ.get("SMTP_URL", ""),
            mail_from=environ.get("ZUOXI_MAIL_FROM", cls.mail_from),
            support_mail=environ.get("ZUOXI_SUPPORT_MAIL", cls.support_mail),
            secure_cookies=environ.get("ZUOXI_SECURE_COOKIES", "1") != "0",
            demo=environ.get("ZUOXI_DEMO", "0") == "1",
            sandbox_payments=environ.get("ZUOXI_SANDBOX_PAYMENTS", "0") == "1",
            sandbox_identity=environ.get("ZUOXI_SANDBOX_IDENTITY", "0") == "1",
            bank_account=environ.get("ZUOXI_BANK_ACCOUNT", ""),
            sms_provider=sms_provider,
            trusted_proxies=numbers["ZUOXI_TRUSTED_PROXIES"],
            clock_file=Path(clock_file) if clock_file else None,
            match_seconds=numbers["ZUOXI_MATCH_SECONDS"],
            cover_percent=numbers["ZUOXI_COVER_PERCENT"],
            lease_seconds=numbers["ZUOXI_LEASE_SECONDS"],
            database_pool_size=numbers["ZUOXI_DATABASE_POOL_SIZE"],
        )


def _find_badge_key_faults(setting: str) -> list[str]:
    if not setting:
        return ["ZUOXI_BADGE_KEYS is not set (`zuoxi certificates new-key` prints a value for it)"]
    try:
        BadgeKeys(setting)
    except ValueError as error:
        return [f"ZUOXI_BADGE_KEYS cannot be used: {error}"]
    return []
