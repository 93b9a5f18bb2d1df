"""Reports of runs: on a terminal, in Markdown, as one HTML page."""
