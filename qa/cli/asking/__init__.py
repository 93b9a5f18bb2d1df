"""What ``qa ask`` takes and prints, and its prompt for one question after another."""
