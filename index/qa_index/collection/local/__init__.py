"""The embedded engine: a collection as files in a folder, checked as they are read."""
