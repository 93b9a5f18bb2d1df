"""How the shipped probability was fitted: ``python -m eval.calibration --data FOLDER``."""
