"""The support of sentences: how well it is told, and the model that tells it."""
