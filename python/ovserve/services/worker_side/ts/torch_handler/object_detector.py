"""Object detection."""

from ovserve_worker.image_handlers import ObjectDetectionHandler

from ts.torch_handler.vision_handler import VisionHandler


class ObjectDetector(ObjectDetectionHandler, VisionHandler):
    """Answers with the objects in each image."""
