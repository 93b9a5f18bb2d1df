"""How the shipped graphs of the packaged models are made: ``python -m eval.exporting``."""
