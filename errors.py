"""Every error the studio raises on purpose, with the exit status the command line gives it.

Each message is one sentence for a person: what is wrong, which file, what to do.
"""

from __future__ import annotations


class RestorationError(Exception):
    """Something a person can understand and act on went wrong."""

    exit_code = 1


class UsageError(RestorationError):
    """The request itself cannot be carried out: wrong option, folder where a file is meant."""

    exit_code = 2


class InputError(RestorationError):
    """A picture cannot be read: missing, empty, damaged, too large, or not a picture."""

    exit_code = 2


class RecipeError(UsageError):
    """A recipe names an unknown stage, an unknown setting or a value out of its range."""


class OutputError(RestorationError):
    """A result cannot be written: no permission, no space, no encoder for the format."""


class WeightsError(RestorationError):
    """Weights are missing, damaged, unsafe, or their licence has not been accepted."""

    exit_code = 3


class UnavailableError(WeightsError):
    """A stage was asked for that cannot run here, for want of its model or its code."""


class RefusedError(RestorationError):
    """A safety check does not let a result out."""


class OutOfMemoryError(RestorationError):
    """The smallest tile still does not fit into memory."""


class Cancelled(RestorationError):
    """The person stopped the work; nothing half-written is left behind."""

    exit_code = 130


class Interrupted(Cancelled):
    """The person stopped work that can be gone on with; the message says how."""
