"""Opens an index for asking: finds it, ensures that paths are indexed, follows its generations."""
