"""The neural network that reads a few sentences together with the question."""
