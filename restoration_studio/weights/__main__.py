"""``python -m restoration_studio.weights``: list, fetch, verify and locate the pretrained weights."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

from restoration_studio.config import Config
from restoration_studio.errors import RestorationError, WeightsError
from restoration_studio.weights import store
from restoration_studio.weights.catalogue import MODELS, Model, get
from restoration_studio.weights.errors import DownloadStopped, WeightsNotInPlace
from restoration_studio.weights.fetch import ensure
from restoration_studio.weights.progress import reporter


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the result is the exit status (0 well, else that of the error in ``errors.py``)."""
    options = _parser().parse_args(arguments)
    try:
        config = Config.load(offline=True if options.offline else None)
        return {"list": _list, "fetch": _fetch, "verify": _verify, "path": _path}[options.command](options, config)
    except RestorationError as error:
        return _complain(error)
    except KeyboardInterrupt:
        return _complain(DownloadStopped())


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", help="print the result as JSON")
    common.add_argument("--offline", action="store_true", help="never touch the network")
    parser = argparse.ArgumentParser(
        prog="python -m restoration_studio.weights", description="The pretrained weights of the studio."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("list", parents=[common], help="what exists, and what is on this machine")
    fetch = commands.add_parser("fetch", parents=[common], help="put weights on this machine")
    fetch.add_argument("names", nargs="*", metavar="NAME")
    fetch.add_argument("--all-default", action="store_true", help="those that the studio uses unless told otherwise")
    fetch.add_argument(
        "--accept-licence", action="store_true", help="say yes to the non-commercial licences of the models named"
    )
    for command, explanation in (
        ("verify", "hash the files in place and name damaged ones"),
        ("path", "where the files lie, or would lie"),
    ):
        commands.add_parser(command, parents=[common], help=explanation).add_argument(
            "names", nargs="*", metavar="NAME", help="all when none is given"
        )
    return parser


def _list(options: argparse.Namespace, config: Config) -> int:
    rows = [_describe(model, config) for model in MODELS.values()]
    if options.json:
        _print_json(rows)
        return 0
    table = [("NAME", "PURPOSE", "LICENCE", "SIZE", "INSTALLED")]
    for row in rows:
        size = "?" if row["size"] is None else f"{row['size'] / 1e6:.1f} MB"
        table.append((row["name"], row["purpose"], row["licence"], size, _installed(row, config)))
    widths = [max(len(line[column]) for line in table) for column in range(4)]
    for line in table:
        print("  ".join([*(text.ljust(width) for text, width in zip(line, widths, strict=False)), line[4]]))
    return 0


def _installed(row: dict[str, Any], config: Config) -> str:
    if not row["installed"]:
        return "no"
    source, _ = next(store.present(MODELS[row["name"]], config))
    return f"yes, from {source.label}" if row["source"] == str(source) else "yes, put in place by hand"


def _describe(model: Model, config: Config) -> dict[str, Any]:
    """A row of the list; the bytes of installed files are not looked at, ``verify`` does that."""
    source, path = next(store.present(model, config), (None, None))
    return {
        "name": model.name,
        "title": model.title,
        "purpose": model.purpose,
        "architecture": model.architecture,
        "scale": model.scale,
        "licence": model.licence,
        "commercial": model.commercial,
        "default": model.default,
        "size": (source or model.sources[0]).size,
        "sources": [str(one) for one in model.sources],
        "installed": path is not None,
        "source": None if path is None else store.fetched_from(path) or "put in place by hand",
        "path": str(path) if path else None,
        "note": model.note,
    }


def _fetch(options: argparse.Namespace, config: Config) -> int:
    models = [get(name) for name in dict.fromkeys(options.names)]
    if options.all_default:
        models += [model for model in MODELS.values() if model.default and model not in models]
    if not models:
        print("error: name the weights to fetch, or use --all-default.", file=sys.stderr)
        return 2
    files: list[dict[str, Any]] = []
    status = 0
    for model in models:
        try:
            if options.accept_licence and not store.licence_accepted(model, config):
                store.accept_licence(model, config)
                print(f"noted that you accept the {model.licence} of {model.name}.", file=sys.stderr)
            with reporter(sys.stderr) as progress:
                file = ensure(model, config=config, progress=progress)
        except RestorationError as error:  # the others are still wanted
            status = _complain(error)
            continue
        files.append({"name": model.name, "path": str(file.path), "sha256": file.sha256, "source": str(file.source)})
        if not options.json:
            print(f"{model.name}: {file.path}")
    if options.json:
        _print_json(files)
    return status


def _verify(options: argparse.Namespace, config: Config) -> int:
    """Hash what is in place. Missing files count as a fault only when they were named."""
    rows: list[dict[str, Any]] = []
    for model in [get(name) for name in options.names] or list(MODELS.values()):
        files = list(store.present(model, config))
        for source, path in files:
            row = {"name": model.name, "path": str(path), "ok": True, "problem": None}
            try:
                store.verify(model, source, path)
            except WeightsError as error:
                row.update(ok=False, problem=str(error))
            rows.append(row)
        if options.names and not files:
            problem = str(WeightsNotInPlace(name=model.name))
            rows.append({"name": model.name, "path": None, "ok": False, "problem": problem})
    if options.json:
        _print_json(rows)
    for row in rows:
        if row["problem"]:
            print(f"error: {row['problem']}", file=sys.stderr)
        elif not options.json:
            print(f"{row['name']}: {row['path']} is whole")
    if not rows and not options.json:
        print(f"no weights are in {config.weights_dir}")
    return 0 if all(row["ok"] for row in rows) else 1


def _path(options: argparse.Namespace, config: Config) -> int:
    paths: dict[str, str] = {}
    for model in [get(name) for name in options.names] or list(MODELS.values()):
        _, path = next(store.present(model, config), (None, store.path_of(model, model.sources[0], config)))
        paths[model.name] = str(path)
    if options.json:
        _print_json(paths)
    else:
        print("\n".join(paths.values()))
    return 0


def _print_json(value: object) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False))


def _complain(error: RestorationError) -> int:
    print(f"error: {error}", file=sys.stderr)
    return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
