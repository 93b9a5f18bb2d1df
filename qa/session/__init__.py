"""Opens an index for questions: finds it, indexes paths if needed, and follows new generations."""
