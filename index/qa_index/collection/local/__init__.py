"""The embedded engine: a collection stored as files in a folder, verified as they are read."""
