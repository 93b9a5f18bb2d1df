"""Questions about invented tables: the right cell, or silence."""
