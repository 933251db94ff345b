"""How often things may be tried: guesses at passwords and codes, counted in Redis."""

from __future__ import annotations

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(key_func=get_remote_address)
