"""Custom loaders without a server: for their authors, who test them from Python."""
