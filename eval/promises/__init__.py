"""How often a promise of ``qa calibrate --risk`` is broken: ``python -m eval.promises``."""
