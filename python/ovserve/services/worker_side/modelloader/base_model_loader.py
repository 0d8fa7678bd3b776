"""The base of model loaders."""

from ovserve_worker.model_loader import BaseModelLoader

__all__ = ["BaseModelLoader"]
