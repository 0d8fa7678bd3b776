"""Tools for authors of loaders: ``ovserve loader``."""
