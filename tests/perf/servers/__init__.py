"""Servers that are measured: how they are described, started, asked and stopped."""
