"""The collection to search: passages with terms, vectors and sources, in one consistent state."""
