"""Writing to the terminal, and programs that are opened from it."""
