"""For authors of custom loaders: projects to start from, a checker, and a look into a running server."""
