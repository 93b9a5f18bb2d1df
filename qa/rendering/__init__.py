"""Renders records for a terminal. Nothing here reads files or makes decisions."""
