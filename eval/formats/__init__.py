"""Whether documents are found as well in other formats as in text."""
