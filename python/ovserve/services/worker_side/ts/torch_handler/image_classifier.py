"""Image classification."""

from ovserve_worker.image_handlers import ImageClassificationHandler

from ts.torch_handler.vision_handler import VisionHandler


class ImageClassifier(ImageClassificationHandler, VisionHandler):
    """Answers with the five most likely classes; images are normalised as for ImageNet."""

    mean = (0.485, 0.456, 0.406)
    std = (0.229, 0.224, 0.225)
