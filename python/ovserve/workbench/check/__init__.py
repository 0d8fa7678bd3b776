"""``ovserve loader check``: one loader through its whole life, in a process that may die of it."""
