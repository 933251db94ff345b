"""Let people agree to show their full name on the pages of their certificates."""

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

NAME = "ck_consent_purpose"
BEFORE = "purpose IN ('needs-in-matching', 'disability-facts')"
NOW = "purpose IN ('needs-in-matching', 'disability-facts', 'name-on-certificates')"


def upgrade() -> None:
    _replace(NOW)


def downgrade() -> None:
    # Without a place for it, a name that was shown is hidden again.
    op.execute("DELETE FROM consent WHERE purpose = 'name-on-certificates'")
    _replace(BEFORE)


def _replace(condition: str) -> None:
    op.execute(f"ALTER TABLE consent DROP CONSTRAINT IF EXISTS {NAME}")
    op.execute(f"ALTER TABLE consent ADD CONSTRAINT {NAME} CHECK ({condition}) NOT VALID")
    with op.get_context().autocommit_block():
        op.execute(f"ALTER TABLE consent VALIDATE CONSTRAINT {NAME}")
