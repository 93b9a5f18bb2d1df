"""Whether quotes still stand in their sources."""
