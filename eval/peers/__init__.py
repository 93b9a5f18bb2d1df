"""Measures other tools beside this one on the same questions."""
