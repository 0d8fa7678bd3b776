"""The gRPC face of the server: bytes in, one core call, bytes out."""
