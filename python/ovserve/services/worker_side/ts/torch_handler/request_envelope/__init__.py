"""Request envelopes."""
