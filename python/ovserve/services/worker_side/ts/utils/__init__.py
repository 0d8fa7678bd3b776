"""Small functions that handlers import."""
