"""The probability that the first citations answer a question: its model, fit and storage."""
