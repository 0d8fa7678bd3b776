"""Custom metrics."""
