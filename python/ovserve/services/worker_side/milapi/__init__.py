"""What model loaders import for the messages that they take and give."""
