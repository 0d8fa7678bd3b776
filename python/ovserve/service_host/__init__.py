"""From archives and settings to running services: what registers, scales, replaces and removes them."""
