"""``dead-letters``: what is waiting, and what becomes of it."""
