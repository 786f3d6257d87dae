"""Random components, bytes, messages and configurations, and what the host makes of them."""
