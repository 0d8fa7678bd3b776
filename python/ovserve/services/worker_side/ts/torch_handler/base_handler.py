"""The base handler."""

from ovserve_worker import base_handler


class BaseHandler(base_handler.BaseHandler):
    """Answers with the output of the archive's model."""
