"""What the film's errors and notes say, with the page's controls in place of the command line's flags."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from restoration_studio.errors import RestorationError
from restoration_studio.studio.wording import errors_named

_PAGE = (
    (r"--codec (\w+) in (\.\w+)", r"the codec \1 in \2"),
    (r"--codec (\w+)", r"the codec \1"),
    (r"give --ignore-alpha", "switch on 'Without transparency'"),
    (r"leave --video out", "open it under Restore"),
    (r"--sr-scale", "a smaller scale"),
    (r"--encoder-preset", "the encoder's preset"),
    (r"--start and --end", "the part's two ends"),
    (r"--(codec|crf|start|end|preview|fps|deflicker)", r"'\1'"),
    (r"choose another place with -o", "ask whoever runs this server"),
    (r"the same command goes", "Resume goes"),
    (r"(use|give) a name that ends with", r"choose a kind of file such as"),
    (r" and run again", ", then resume"),
)


def film_words(message: str) -> str:
    """``message`` as somebody at the page understands it."""
    for pattern, words in _PAGE:
        message = re.sub(pattern, words, message)
    return message


@contextmanager
def film_errors(names: Mapping[Path, str]) -> Iterator[None]:
    """Errors from within speak of the visitor's files and the page's controls."""
    try:
        with errors_named(names):
            yield
    except RestorationError as error:
        error.args = tuple(film_words(str(part)) for part in error.args)
        raise
