"""Door to the settings of a machine, which are in ``restoration_studio.config``."""

from restoration_studio.config import (
    DEVICES,
    ENVIRONMENT_PREFIX,
    PRECISIONS,
    VERSION,
    Config,
    default_cache_dir,
    default_config_file,
)

__all__ = [
    "DEVICES",
    "ENVIRONMENT_PREFIX",
    "PRECISIONS",
    "VERSION",
    "Config",
    "default_cache_dir",
    "default_config_file",
]
