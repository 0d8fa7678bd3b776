"""Management of custom services: who may, from where archives come, and what is kept of the state."""
