"""Question sets asked of an index: the bridge between ``qa`` and ``qa_eval``."""
