"""How the reader was trained: ``python -m eval.reading --data FOLDER``."""
