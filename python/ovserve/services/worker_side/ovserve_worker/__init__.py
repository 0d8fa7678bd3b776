"""What runs inside the workers of custom services: user code on this side, the server on the other.

Needs nothing but Python 3.9 and its standard library; base handlers import what they work with. The
folder above is put on a worker's path; the server imports :mod:`ovserve_worker.frames` alone.
"""
