"""How often things may be tried: guesses at passwords and codes, counted in Redis."""

from __future__ import annotations

import hashlib

from flask import Response, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from app.contacts import normalise_contact

LONGEST_CONTACT = 200

limiter = Limiter(key_func=get_remote_address)


def asked_contact() -> str:
    """Return a key for the contact that a form names, or the address where it names none."""
    contact = normalise_contact(request.form.get("contact", "")[:LONGEST_CONTACT])
    # Hashed, so that no list of people's contacts lies in Redis.
    return hashlib.sha256(contact.encode()).hexdigest() if contact else get_remote_address()


def is_refused_form(response: Response) -> bool:
    """Say whether a form was shown again: only such tries count where people share an address."""
    return response.status_code == 422
