"""Models whose loader has another name than they: model name to [name of the loader's file, class]."""

from ovserve_worker.loader_names import MODEL_TO_CLASS as model_to_class_mapper

__all__ = ["model_to_class_mapper"]
