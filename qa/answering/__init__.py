"""Answers questions with citations."""
