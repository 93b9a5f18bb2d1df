"""Documents to passages to a searchable index on disk, and the search over it."""
