"""What Alembic runs; the connection, with its transaction and lock, comes from the store."""

from __future__ import annotations

from alembic import context

from dsinfra_jlab.store.models import ExperimentRow

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=ExperimentRow.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
