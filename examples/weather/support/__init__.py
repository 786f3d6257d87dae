"""What the demo needs besides the command line it shows."""
