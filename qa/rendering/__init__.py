"""What a person sees: records laid out for a terminal. Nothing here reads or decides anything."""
