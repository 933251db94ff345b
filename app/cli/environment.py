"""Build the app from the process's environment, for commands that need the database."""

from __future__ import annotations

import logging
import os

import structlog
from flask import Flask
from structlog.tracebacks import ExceptionDictTransformer

from app import create_app
from app.settings import Settings


def app_from_env() -> Flask:
    """Return the app, or raise SettingsError naming every missing setting."""
    configure_logs()
    return create_app(Settings.from_env(os.environ))


def configure_logs() -> None:
    """Write one line of JSON an event to standard output; libraries' warnings go the same way."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            # Local variables stay out of the logs: they may hold what a person wrote.
            structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=False,
    )
