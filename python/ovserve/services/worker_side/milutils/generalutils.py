"""Images as base64 text."""

from ovserve_worker.loader_helpers import base64_to_image, base64_to_numpy, image_to_base64

__all__ = ["base64_to_image", "base64_to_numpy", "image_to_base64"]
