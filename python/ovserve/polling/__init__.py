"""What makes the server follow its configuration: one timer per concern and the passes they start."""
