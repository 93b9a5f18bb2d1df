"""The commands, one module each. Every command returns its exit code."""
