"""The base of model loaders that run an OpenVINO model."""

from ovserve_worker.openvino_model_loader import OpenVINOModelLoader

__all__ = ["OpenVINOModelLoader"]
