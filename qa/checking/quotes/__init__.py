"""Looks a quote up that somebody wrote: whether the sources hold it, and what differs."""
