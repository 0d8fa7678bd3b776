"""The native network front: gRPC and REST from C++ threads that never take the GIL."""
