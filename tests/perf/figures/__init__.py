"""The figures of a run, one module each."""
