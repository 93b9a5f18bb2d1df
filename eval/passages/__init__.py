"""How the probability of every passage was fitted: ``python -m eval.passages --data FOLDER``."""
