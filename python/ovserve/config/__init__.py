"""What should be served and how: configuration file, command line, version directories."""
