#!/usr/bin/env python3
"""The command line: restore a picture, or a folder of them, with a recipe made of flags.

The flags are those of the stages' settings; run ``restore.py --help`` for all of them.
"""

from __future__ import annotations

import argparse
import errno
import io
import json
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from restoration_studio.cli.flags import make_recipe, parse
from restoration_studio.cli.wording import WORDS, worded
from restoration_studio.config import Config
from restoration_studio.errors import (
    Cancelled,
    InputError,
    Interrupted,
    OutOfMemoryError,
    OutputError,
    RestorationError,
    UsageError,
    as_data,
)
from restoration_studio.progress import CancelToken
from restoration_studio.text import printable

STOPPED = "stopped; nothing half-written was left."
NO_MEMORY = "there is not enough memory for this; choose a smaller scale, a smaller picture or close other programs."


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; gives the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    as_json, cancel = "--json" in words, CancelToken()
    for stream in (sys.stdout, sys.stderr):  # names of files need not fit into the terminal's encoding
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        with _stopping_on_signals(cancel):
            status = _run(parse(words), cancel)
        sys.stdout.flush()
        return status
    except RestorationError as error:
        # The programs it started were stopped with it, and that looked like a failure.
        if cancel.cancelled and not isinstance(error, Interrupted):
            error = Cancelled(STOPPED)
        return _failed(error, as_json)
    except KeyboardInterrupt:
        return _failed(Cancelled(STOPPED), as_json)
    except MemoryError:
        return _failed(OutOfMemoryError(NO_MEMORY), as_json)
    except BrokenPipeError:
        # Whoever read the output has gone, as head does; Python would complain about it once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _failed(error: RestorationError, as_json: bool) -> int:
    sentence = printable(worded(error))
    if as_json:
        print(json.dumps(as_data(error, WORDS) | {"error": sentence, "exit_status": error.exit_code}))
    print(f"restore: {sentence}", file=sys.stderr)
    return error.exit_code


def _run(arguments: argparse.Namespace, cancel: CancelToken) -> int:
    if arguments.path and arguments.input:
        raise UsageError("the input is named twice, by --input and without it; name it once.")
    if not (arguments.path or arguments.input):
        raise UsageError("no input is named; give a picture or a folder, or see --help.")
    from restoration_studio.cli.console import restore_folder, restore_one
    from restoration_studio.pipeline import RestorationPipeline

    config = Config.load(
        device=arguments.device,
        offline=arguments.offline,
        stage_cache_mb=None if arguments.outcomes else 0,  # one run has nothing to come back to
    )
    if arguments.accept_licence:
        config = replace(config, accept_licences=(*config.accept_licences, *arguments.accept_licence))
    pipeline = RestorationPipeline(config)
    recipe = make_recipe(arguments, pipeline)
    if not recipe.stages and not recipe.video.items():
        raise UsageError("every stage is switched off, so nothing would be restored; leave one of them on.")
    source = Path(arguments.path or arguments.input)
    _check_names(source, arguments.output)
    from restoration_studio.cli.video import is_video_run, restore_one_video

    if is_video_run(arguments, source):
        return restore_one_video(pipeline, source, recipe, arguments, cancel)
    whole_folder = source.is_dir()
    if arguments.batch and source.exists() and not whole_folder:
        raise UsageError(f"{source} is a file, and --batch takes a folder; leave --batch out.")
    if arguments.mask_only or arguments.outcomes is not None:
        from restoration_studio.cli.filling import restore_outcomes, write_mask

        fill = write_mask if arguments.mask_only else restore_outcomes
        return fill(pipeline, source, recipe, arguments, cancel)
    work = restore_folder if whole_folder or arguments.batch else restore_one
    return work(pipeline, source, recipe, arguments, cancel)


def _check_names(source: Path, output: str | None) -> None:
    """Find out that a name cannot even be asked about: too long, or in a folder that is closed to this person."""
    for path, kind in ((source, InputError), (Path(output or "."), OutputError)):
        try:
            path.stat()
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
                reason = (error.strerror or str(error)).lower()
                raise kind(f"{path} cannot be used: {reason}; choose another name or place.") from error


@contextmanager
def _stopping_on_signals(cancel: CancelToken) -> Iterator[None]:
    """The first ctrl-C (or request to end) stops cleanly at the next tile, the second at once."""

    def stop(*_: object) -> None:
        if cancel.cancelled:
            raise KeyboardInterrupt
        cancel.cancel()
        with suppress(OSError):  # the terminal may be gone
            print("\nrestore: stopping after this tile; press ctrl-C again to stop at once", file=sys.stderr)

    before = {}
    if threading.current_thread() is threading.main_thread():  # Python takes signals nowhere else
        before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


if __name__ == "__main__":
    sys.exit(main())
