"""The files behind an index: which there are, which changed, which are wanted."""
