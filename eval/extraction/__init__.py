"""How fast, and in how much memory, text is taken out of files, beside other libraries."""
