"""Where older handlers find how to send pieces of an answer."""
