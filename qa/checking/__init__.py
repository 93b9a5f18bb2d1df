"""Checks whether quotes are still in their sources."""
