"""Door to the networks' manager, which is in ``restoration_studio.models``."""

from restoration_studio.memory import return_freed_memory
from restoration_studio.models import MODEL_SUFFIXES, LoadedModel, ModelManager, is_model_path, place

__all__ = ["MODEL_SUFFIXES", "LoadedModel", "ModelManager", "is_model_path", "place", "return_freed_memory"]
