"""Door to the networks' manager, which is in ``restoration_studio.models``."""

from restoration_studio.models import MODEL_SUFFIXES, LoadedModel, ModelManager, is_model_path

__all__ = ["MODEL_SUFFIXES", "LoadedModel", "ModelManager", "is_model_path"]
