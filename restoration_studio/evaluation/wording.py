"""Errors as ``python -m restoration_studio.evaluation`` words them: its own flags, and ``restore``'s of all else."""

from __future__ import annotations

from restoration_studio.cli.wording import WORDS as COMMAND_LINE
from restoration_studio.errors import Words

WORDS: Words = {
    **COMMAND_LINE,
    "limit_out_of_range": "--limit takes a whole number from 1 on.",
    "network_without_weights": "the method network and --model FILE go together; give both or none.",
    "study_numbers_out_of_range": "--limit takes a whole number from 1 on, as --shown, and --seed one from 0 on.",
}
