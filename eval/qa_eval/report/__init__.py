"""Runs as people read them: on a terminal, in Markdown, as one HTML page."""
