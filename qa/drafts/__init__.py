"""Checks a text that somebody wrote against the sources: its quotations and its sentences."""
