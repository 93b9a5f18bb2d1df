"""From a plan to a new generation: parse and split, encode, write."""
