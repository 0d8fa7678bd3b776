"""Measurements: what a request, a start and a load cost, beside the limits and other servers."""
