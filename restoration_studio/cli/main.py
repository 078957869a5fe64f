#!/usr/bin/env python3
"""The command line: restore a picture, or a folder of them, with a recipe made of flags.

The flags are those of the stages' settings; run ``restore.py --help`` for all of them.
"""

from __future__ import annotations

import argparse
import errno
import gc
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

from restoration_studio.cli.errors import (
    EveryStageOff,
    InputIsFile,
    InputNamedTwice,
    InputNameUnusable,
    InputNotNamed,
    OutputNameUnusable,
    RunOutOfMemory,
    RunStopped,
)
from restoration_studio.cli.wording import WORDS, worded
from restoration_studio.config import Config
from restoration_studio.errors import Interrupted, RestorationError, as_data
from restoration_studio.progress import CancelToken
from restoration_studio.text import printable


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; gives the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    as_json, cancel = "--json" in words, CancelToken()
    for stream in (sys.stdout, sys.stderr):  # names of files need not fit into the terminal's encoding
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        with _stopping_on_signals(cancel):
            status = _run(_parse(words, is_program=argv is None), cancel)
        sys.stdout.flush()
        return status
    except RestorationError as error:
        # The programs it started were stopped with it, and that looked like a failure.
        if cancel.cancelled and not isinstance(error, Interrupted):
            error = RunStopped()
        return _failed(error, as_json)
    except KeyboardInterrupt:
        return _failed(RunStopped(), as_json)
    except MemoryError:
        return _failed(RunOutOfMemory(), as_json)
    except BrokenPipeError:
        # Whoever read the output has gone, as head does; Python would complain about it once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _parse(words: list[str], is_program: bool) -> argparse.Namespace:
    """The flags; ``--help`` ends the program here."""
    if is_program:  # nothing that is imported is ever let go of, so looking for garbage among it is in vain
        gc.disable()
    try:
        from restoration_studio.cli.flags import parse

        return parse(words)
    finally:
        if is_program:
            gc.freeze()
            gc.enable()


def _failed(error: RestorationError, as_json: bool) -> int:
    sentence = printable(worded(error))
    if as_json:
        print(json.dumps(as_data(error, WORDS) | {"error": sentence, "exit_status": error.exit_code}))
    print(f"restore: {sentence}", file=sys.stderr)
    return error.exit_code


def _run(arguments: argparse.Namespace, cancel: CancelToken) -> int:
    if arguments.path and arguments.input:
        raise InputNamedTwice()
    if not (arguments.path or arguments.input):
        raise InputNotNamed()
    from restoration_studio.cli.console import restore_folder, restore_one
    from restoration_studio.cli.flags import make_recipe
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
        raise EveryStageOff()
    source = Path(arguments.path or arguments.input)
    _check_names(source, arguments.output)
    from restoration_studio.cli.video import is_video_run, restore_one_video

    if is_video_run(arguments, source):
        return restore_one_video(pipeline, source, recipe, arguments, cancel)
    whole_folder = source.is_dir()
    if arguments.batch and source.exists() and not whole_folder:
        raise InputIsFile(path=source)
    if arguments.mask_only or arguments.outcomes is not None:
        from restoration_studio.cli.filling import restore_outcomes, write_mask

        fill = write_mask if arguments.mask_only else restore_outcomes
        return fill(pipeline, source, recipe, arguments, cancel)
    work = restore_folder if whole_folder or arguments.batch else restore_one
    return work(pipeline, source, recipe, arguments, cancel)


def _check_names(source: Path, output: str | None) -> None:
    """Find out that a name cannot even be asked about: too long, or in a folder that is closed to this person."""
    for path, kind in ((source, InputNameUnusable), (Path(output or "."), OutputNameUnusable)):
        try:
            path.stat()
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
                reason = (error.strerror or str(error)).lower()
                raise kind(path=path, reason=reason) from error


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
