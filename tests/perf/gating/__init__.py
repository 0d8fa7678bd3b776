"""What must not get worse."""
