"""Errors in the words of ``python -m restoration_studio.evaluation``: those that speak of its flags."""

from __future__ import annotations

from restoration_studio.errors import Words

WORDS: Words = {
    "limit_out_of_range": "--limit takes a whole number from 1 on.",
    "network_without_weights": "the method network and --model FILE go together; give both or none.",
    "study_numbers_out_of_range": "--limit takes a whole number from 1 on, as --shown, and --seed one from 0 on.",
}
