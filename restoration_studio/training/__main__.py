"""Train a network: ``python -m restoration_studio.training NAME --data DIR``.

    python -m restoration_studio.training list                                    the experiments
    python -m restoration_studio.training partial-convolution --data pictures/ --steps 200
    python -m restoration_studio.training partial-convolution --data pictures/ \\
        --config restoration_studio/training/configs/partial-convolution.json
    python -m restoration_studio.training export runs/partial-convolution --output network.safetensors

A run goes on where its folder's checkpoint stopped; ctrl-C stops it between two checkpoints.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from restoration_studio.errors import RestorationError, render
from restoration_studio.training.config import TrainingConfig
from restoration_studio.training.errors import ExportIncomplete, NothingToTrainOn, StopOutOfRange, WordTooMany
from restoration_studio.training.wording import WORDS


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m restoration_studio.training",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", help="an experiment, or list, or export")
    parser.add_argument("run_folder", nargs="?", type=Path, help="for export: the folder of the run")
    parser.add_argument("--data", action="append", metavar="DIR", help="folder of pictures; may be given again")
    parser.add_argument("--config", type=Path, help="JSON file of a configuration; flags go before it")
    parser.add_argument("--run", type=Path, help="folder for checkpoint, logs and sheets (default: runs/NAME)")
    parser.add_argument("--steps", type=int)
    parser.add_argument("--batch", type=int)
    parser.add_argument("--crop", type=int, nargs=2, metavar=("HEIGHT", "WIDTH"))
    parser.add_argument("--learning-rate", type=float)
    parser.add_argument("--precision", choices=("float32", "bfloat16", "float16"))
    parser.add_argument("--device", choices=("auto", "cpu"))
    parser.add_argument("--workers", type=int)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--split", choices=("train", "val", "test"))
    parser.add_argument("--limit", type=int)
    parser.add_argument("--stop-after", type=int, metavar="STEP", help="end this call there, with a checkpoint")
    parser.add_argument(
        "--other-pictures", action="store_true", help="go on with the run although its pictures have changed"
    )
    parser.add_argument("--output", type=Path, help="for export: the .safetensors file to write")
    return parser


def main(argv: list[str] | None = None) -> int:
    arguments = _parser().parse_args(argv)
    try:
        return _run(arguments)
    except RestorationError as error:
        print(f"error: {render(error, WORDS)}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("stopped; started again, a run goes on from its last checkpoint, where it has one.", file=sys.stderr)
        return 130


def _run(arguments: argparse.Namespace) -> int:
    from restoration_studio.training.experiments import EXPERIMENTS, build, experiment_class

    if arguments.name == "list":
        for name in EXPERIMENTS:
            print(f"{name:26} {experiment_class(name).summary}")
        return 0
    if arguments.name == "export":
        from restoration_studio.training.export import export

        if arguments.run_folder is None or arguments.output is None or arguments.output.suffix != ".safetensors":
            raise ExportIncomplete()
        print(json.dumps(export(arguments.run_folder, arguments.output), indent=2))
        return 0
    if arguments.run_folder is not None:
        raise WordTooMany(word=str(arguments.run_folder))
    if arguments.stop_after is not None and arguments.stop_after < 1:
        raise StopOutOfRange()
    chosen = experiment_class(arguments.name)  # an unknown name is refused before anything else
    flags = ("data", "steps", "batch", "crop", "learning_rate", "precision", "device", "workers", "seed", "split")
    changes = {name: getattr(arguments, name) for name in (*flags, "limit")}
    if not arguments.config:
        changes = chosen.defaults | {name: value for name, value in changes.items() if value is not None}
    if not arguments.data and not arguments.config:
        raise NothingToTrainOn(experiment=arguments.name)
    config = TrainingConfig.load(arguments.config, experiment=arguments.name, **changes)
    run = arguments.run or Path("runs") / arguments.name
    from restoration_studio.training.loop import train

    train(
        build(config),
        run,
        stop_after=arguments.stop_after,
        other_pictures=arguments.other_pictures,
        say=lambda line: print(line, flush=True),
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
