"""Editing a configuration file from the command line, and listing what could be put into one."""
