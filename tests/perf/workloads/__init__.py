"""What is asked of a server: models, their inputs, and the bytes of each protocol."""
