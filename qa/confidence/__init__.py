"""The probability that the first citation answers a question: its model, fit and storage."""

CALIBRATION = "calibration.json"
"""File of the confidence fitted to the user's own questions, in the folder of an index."""
