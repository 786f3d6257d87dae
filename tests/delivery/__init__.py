"""The delivery of messages, driven by scripts in virtual time."""
