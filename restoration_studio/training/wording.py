"""Errors as ``python -m restoration_studio.training`` words them: its own flags, and ``restore``'s of all else."""

from __future__ import annotations

from restoration_studio.cli.wording import WORDS as COMMAND_LINE
from restoration_studio.errors import Words

WORDS: Words = {
    **COMMAND_LINE,
    "checkpoint_of_other_pictures": "the checkpoint in {run} was made with other pictures; use another --run folder, "
    "or go on with these by --other-pictures.",
    "checkpoint_of_other_settings": "the checkpoint in {run} was made with another value of {listed}; use another "
    "--run folder.",
    "export_incomplete": "export needs the folder of a run and --output FILE.safetensors.",
    "no_checkpoint": "{path} is no checkpoint of python -m restoration_studio.training; use another --run folder.",
    "nothing_to_train_on": "say what to train on: python -m restoration_studio.training {experiment} --data DIR.",
    "run_folder_not_made": "the run's folder {run} cannot be made: {reason}; choose another --run folder.",
    "stop_out_of_range": "--stop-after takes a whole number from 1 on.",
    "word_too_many": "'{word}' is one word too many; folders of pictures come after --data.",
    "wrong_experiment_option": "the experiment {experiment}, option {option}: {reason}; options stand in the file of "
    "--config, see training/configs.",
}
