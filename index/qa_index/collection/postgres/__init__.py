"""The engine of a shared server: a collection stored in PostgreSQL with pgvector."""
