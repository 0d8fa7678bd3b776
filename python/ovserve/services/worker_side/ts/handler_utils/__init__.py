"""What helps handlers."""
