"""From a parsed text to passages of whole sentences."""
