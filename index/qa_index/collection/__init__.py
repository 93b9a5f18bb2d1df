"""What is searched: passages with their terms, vectors and sources, in one consistent state."""
