"""The web application."""

from __future__ import annotations

from flask import Flask

from app.settings import Settings

MAX_UPLOAD_BYTES = 64 * 1024 * 1024


def create_app(settings: Settings) -> Flask:
    """Build the app. Importing this package starts nothing: no connection, no environment."""
    from app import clock  # noqa: PLC0415
    from app.crypto import FieldCipher  # noqa: PLC0415
    from app.db import init_db  # noqa: PLC0415
    from app.web import site  # noqa: PLC0415

    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        REDIS_URL=settings.redis_url,
        BASE_URL=settings.base_url,
        SMTP_URL=settings.smtp_url,
        MAIL_FROM=settings.mail_from,
        SUPPORT_MAIL=settings.support_mail,
        DEMO=settings.demo,
        SANDBOX_PAYMENTS=settings.demo or settings.sandbox_payments,
        BANK_ACCOUNT=settings.bank_account,
        CLOCK_FILE=settings.clock_file,
        MATCH_SECONDS=settings.match_seconds,
        LEASE_SECONDS=settings.lease_seconds,
        CIPHER=FieldCipher(settings.encryption_key),
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=MAX_UPLOAD_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_UPLOAD_BYTES,
        WTF_CSRF_TIME_LIMIT=None,
        RATELIMIT_STORAGE_URI=settings.redis_url.replace("unix://", "redis+unix://"),
        RATELIMIT_SWALLOW_ERRORS=True,
    )
    clock.use_shift_file(settings.clock_file)
    init_db(app, settings)
    site.init_site(app)
    return app
