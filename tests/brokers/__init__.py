"""The behaviour suite on every broker, and what is particular to each."""
