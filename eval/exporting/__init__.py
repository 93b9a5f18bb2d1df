"""How the default model's shipped graph was made: ``python -m eval.exporting``."""
