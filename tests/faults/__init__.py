"""Faults injected for real; ``docs/reliability.md`` states the guarantees."""
