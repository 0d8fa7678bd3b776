"""Parts that tests are built from; nothing here asserts anything about ovserve."""
