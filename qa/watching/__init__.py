"""Keeps an index up to date while its files change.

events      what is told while watching
wakeups     when to look: events of the file system, or the clock
looking     whether anything differs from the index
watching    the loop: look, update, tell, wait
"""
