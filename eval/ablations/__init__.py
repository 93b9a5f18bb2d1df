"""Ablations of the search: ``python -m eval.ablations --data FOLDER``."""
