"""The base of handlers of images."""

from ovserve_worker.image_handlers import ImageHandler

from ts.torch_handler.base_handler import BaseHandler


class VisionHandler(ImageHandler, BaseHandler):
    """Decodes images and puts them into the network's layout."""
