"""A fault campaign: everything is hit at random, and every message is counted."""
