"""Evaluates indexes on question sets: connects ``qa`` and ``qa_eval``."""
