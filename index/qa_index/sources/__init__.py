"""The source files of an index: finding and filtering them, and detecting changes."""
