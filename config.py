"""Door to the settings of a machine, which are in ``restoration_studio.config``."""

from restoration_studio.config import DEVICES, PRECISIONS, VERSION, Config

__all__ = ["DEVICES", "PRECISIONS", "VERSION", "Config"]
