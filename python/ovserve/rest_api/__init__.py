"""The REST face of the server: (method, path, body) in, (status, body) out, and the HTTP around it."""
