"""What each part of search is worth: ``python -m eval.ablations --data FOLDER``."""
