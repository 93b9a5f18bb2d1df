"""Which values of the kind asked for the passages hold, and which of them are equal."""
