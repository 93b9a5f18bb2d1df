"""Whether a question is better answered as a follow-up to the one before it."""
