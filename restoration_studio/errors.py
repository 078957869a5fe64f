"""Errors as data: what went wrong, by a code, and what it speaks of. Each edge puts it into words of its own.

Every kind of mistake is a class of its own, in ``errors.py`` of the room that raises it, under one of the families
below::

    class PictureTooLarge(InputError):
        '''A picture has more pixels than this machine's limit.'''

        code: ClassVar[str] = "picture_too_large"
        sentence: ClassVar[str] = "{path} has {width}x{height} pixels, over the limit of {limit:g} megapixels."

        path: Path
        width: int
        height: int
        limit: float

Its annotations become keyword arguments (``PictureTooLarge(path=..., ...)``), its ``sentence`` is what ``str(error)``
gives: for a programmer, without words of the command line or the page. The command line and the studio have their own
words by code (``render``). No program ever needs to read a sentence.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, dataclass_transform

Words = Mapping[str, str | Callable[[Any], str]]
"""By an error's code its sentence: a format text of the error's attributes, or a function of the error."""


# A dataclass in all but name: generating one costs a quarter of a millisecond, and --help loads a hundred kinds.
@dataclass_transform(kw_only_default=True, eq_default=False)
class RestorationError(Exception):
    """Something a person can understand and act on went wrong.

    Attributes:
        code: names the kind of mistake for programs; never changes.
        sentence: one sentence for a programmer, with the error's attributes in braces.
        exit_code: the status the command line ends with.
        fields: names of what it speaks of, in order.
    """

    code: ClassVar[str] = "error"
    sentence: ClassVar[str] = "{message}"
    exit_code: ClassVar[int] = 1
    fields: ClassVar[tuple[str, ...]] = ()

    def __init__(self, message: str = "", **details: Any) -> None:
        super().__init__(message)
        self.message = message
        missing = [name for name in self.fields if name not in details and not hasattr(type(self), name)]
        unknown = [name for name in details if name not in self.fields]
        if missing or unknown:
            raise TypeError(f"{type(self).__name__} takes {', '.join(self.fields) or 'nothing'}, not {list(details)}")
        vars(self).update(details)

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        annotated = inspect.get_annotations(cls)
        own = [name for name, kind in annotated.items() if "ClassVar" not in str(kind) and name not in cls.fields]
        cls.fields = (*cls.fields, *own)

    @property
    def details(self) -> dict[str, Any]:
        """What the error speaks of, by name."""
        return {name: getattr(self, name) for name in self.fields}

    def __str__(self) -> str:
        return render(self)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        # Exceptions are pickled by their positional arguments, and these have none.
        return _rebuilt, (type(self), self.message, self.details)


def _rebuilt(cls: type[RestorationError], message: str, details: dict[str, Any]) -> RestorationError:
    return cls(message, **details) if message else cls(**details)


class _Shown(Mapping[str, Any]):
    """The attributes of an error for ``str.format_map``; an error within it in the same words."""

    def __init__(self, error: RestorationError, words: Words) -> None:
        self._error, self._words = error, words

    def __getitem__(self, name: str) -> Any:
        value = getattr(self._error, name)
        return render(value, self._words) if isinstance(value, RestorationError) else value

    def __iter__(self) -> Iterator[str]:
        return iter(self._error.details)

    def __len__(self) -> int:
        return len(self._error.details)


def render(error: RestorationError, words: Words | None = None) -> str:
    """The error as one sentence, in ``words`` where they have one for its code, else in its own."""
    words = words or {}
    text = words.get(error.code, error.sentence)
    return text(error) if callable(text) else text.format_map(_Shown(error, words))


def as_data(error: RestorationError, words: Words | None = None) -> dict[str, Any]:
    """The error as JSON takes it: its sentence ("error"), its code, and what it speaks of ("details")."""
    return {"error": render(error, words), "code": error.code, "details": _plain(error.details, words)}


def _plain(value: Any, words: Words | None) -> Any:
    """``value`` in the types that JSON has; what it has no type for becomes a text."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, RestorationError):
        return as_data(value, words)
    if isinstance(value, Mapping):
        return {str(key): _plain(item, words) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item, words) for item in value]
    number = getattr(value, "item", None)  # of numpy
    return _plain(number(), words) if number is not None else str(value)


class UsageError(RestorationError):
    """The request itself cannot be carried out: wrong option, folder where a file is meant."""

    code: ClassVar[str] = "usage"
    exit_code: ClassVar[int] = 2


class InputError(RestorationError):
    """A picture cannot be read: missing, empty, damaged, too large, or not a picture."""

    code: ClassVar[str] = "input"
    exit_code: ClassVar[int] = 2


class RecipeError(UsageError):
    """A recipe names an unknown stage, an unknown setting or a value out of its range."""

    code: ClassVar[str] = "recipe"


class OutputError(RestorationError):
    """A result cannot be written: no permission, no space, no encoder for the format."""

    code: ClassVar[str] = "output"


class WeightsError(RestorationError):
    """Weights are missing, damaged, unsafe, or their licence has not been accepted."""

    code: ClassVar[str] = "weights"
    exit_code: ClassVar[int] = 3


class UnavailableError(WeightsError):
    """A stage was asked for that cannot run here, for want of its model or its code."""

    code: ClassVar[str] = "unavailable"


class RefusedError(RestorationError):
    """A safety check does not let a result out."""

    code: ClassVar[str] = "refused"


class OutOfMemoryError(RestorationError):
    """The smallest tile still does not fit into memory."""

    code: ClassVar[str] = "out_of_memory"


class Cancelled(RestorationError):
    """The person stopped the work; nothing half-written is left behind."""

    code: ClassVar[str] = "cancelled"
    exit_code: ClassVar[int] = 130


class Interrupted(Cancelled):
    """The person stopped work that can be gone on with; the message says how."""

    code: ClassVar[str] = "interrupted"
