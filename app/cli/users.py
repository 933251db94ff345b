"""Commands for accounts."""

from __future__ import annotations

import uuid

import click
from sqlalchemy import select

from app import clock, passwords
from app.cli.environment import app_from_env
from app.contacts import is_mobile, normalise_contact
from app.db import db, transaction
from app.models import Role, User
from app.services import audit, sessions


@click.group(name="user")
def user_group() -> None:
    """Accounts of operations people, and new passwords."""


def _contact(text: str) -> str:
    contact = normalise_contact(text)
    if contact is None:
        raise click.BadParameter(f"{text!r} is neither an e-mail address nor a mobile number of 11 digits.")
    return contact


@user_group.command(name="create-operations")
@click.argument("contact")
@click.option("--name", required=True)
@click.password_option()
def create_operations(contact: str, name: str, password: str) -> None:
    """Make an account for somebody in operations. Agents and merchants sign up on the site."""
    known = _contact(contact)
    if len(password) < passwords.MIN_LENGTH:
        raise click.BadParameter(f"the password needs at least {passwords.MIN_LENGTH} characters.")
    with app_from_env().app_context(), transaction(db.session):
        if db.session.scalar(select(User.id).where((User.email == known) | (User.mobile == known))):
            raise click.ClickException(f"{known} has an account already.")
        now = clock.wall_now()
        user = User(
            id=uuid.uuid4(),
            name=name,
            role=Role.OPERATIONS,
            email=None if is_mobile(known) else known,
            mobile=known if is_mobile(known) else None,
            password_hash=passwords.hash_password(password),
            created_at=now,
        )
        db.session.add(user)
        audit.record(db.session, "user.created", user, actor_user_id=None, now=now, role="operations")
    click.echo(f"{known} can sign in.")


@user_group.command(name="password")
@click.argument("contact")
@click.password_option()
def set_password(contact: str, password: str) -> None:
    """Set a new password and end all sign-ins of the account."""
    known = _contact(contact)
    with app_from_env().app_context(), transaction(db.session):
        user = db.session.scalar(select(User).where((User.email == known) | (User.mobile == known)))
        if user is None:
            raise click.ClickException(f"no account has {known}.")
        user.password_hash = passwords.hash_password(password)
        now = clock.wall_now()
        sessions.end_other_sessions(db.session, user_id=user.id, keep=None, now=now)
        audit.record(db.session, "user.password-set", user, actor_user_id=None, now=now)
    click.echo(f"{known} has a new password; every sign-in was ended.")
