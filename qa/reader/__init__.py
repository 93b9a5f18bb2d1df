"""The network that reads a few sentences beside the question."""
