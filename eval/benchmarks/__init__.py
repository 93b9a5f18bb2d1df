"""Measures speed, memory and size of each part."""
