"""Everything that can go wrong, done for real; ``docs/reliability.md`` says what is promised."""
