"""Real collections of documents: brings them, and measures answers on the ruler's."""
