"""The web application."""

from __future__ import annotations

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from app.settings import Settings

MAX_UPLOAD_BYTES = 64 * 1024 * 1024


def create_app(settings: Settings) -> Flask:
    """Build the app. Importing this package starts nothing: no connection, no environment."""
    from app import clock, codes  # noqa: PLC0415
    from app.badge_issuer import make_badge_issuer  # noqa: PLC0415
    from app.crypto import FieldCipher  # noqa: PLC0415
    from app.db import init_db  # noqa: PLC0415
    from app.providers.sms import make_sms_provider  # noqa: PLC0415
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
        SANDBOX_IDENTITY=settings.sandbox_identity,
        BANK_ACCOUNT=settings.bank_account,
        SMS_PROVIDER=make_sms_provider(settings.sms_provider or ("sandbox" if settings.demo else "")),
        CLOCK_FILE=settings.clock_file,
        MATCH_SECONDS=settings.match_seconds,
        COVER_TARGET=settings.cover_percent / 100,
        LEASE_SECONDS=settings.lease_seconds,
        CIPHER=FieldCipher(settings.encryption_key),
        BADGES=make_badge_issuer(settings),
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=MAX_UPLOAD_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_UPLOAD_BYTES,
        WTF_CSRF_TIME_LIMIT=None,
        RATELIMIT_STORAGE_URI=settings.redis_url.replace("unix://", "redis+unix://"),
        RATELIMIT_SWALLOW_ERRORS=True,
    )
    clock.use_shift_file(settings.clock_file)
    codes.use_key(settings.secret_key)
    init_db(app, settings)
    site.init_site(app)
    if settings.trusted_proxies:
        # Only what our own proxies wrote is believed; one more of them would be the client's own word.
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.trusted_proxies, x_proto=settings.trusted_proxies
        )
    return app
