"""Say in the notice of a published rota how many seats it left out; older rotas told of none."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """UPDATE notice SET params = params || '{"dropped": 0}' WHERE kind = 'rota-published' """
        "AND params -> 'dropped' IS NULL"
    )


def downgrade() -> None:
    op.execute("UPDATE notice SET params = params - 'dropped' WHERE kind = 'rota-published'")
