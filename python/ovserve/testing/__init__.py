"""For tests of loaders: fixtures for pytest, see :mod:`ovserve.testing.plugin`."""
