"""Questions that are kept with an index and asked again of what it holds later."""
