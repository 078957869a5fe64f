"""What can go wrong when a network is trained."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from restoration_studio.errors import InputError, OutputError, UsageError, WeightsError


class UnknownDataPart(InputError):
    """A data set is asked for a part that none has."""

    code: ClassVar[str] = "unknown_data_part"
    sentence: ClassVar[str] = "the part '{part}' is unknown; the parts are {listed}."

    part: str
    choices: tuple[str, ...]

    @property
    def listed(self) -> str:
        return ", ".join(self.choices)


class NoPictureFolder(InputError):
    """What was given as a folder of pictures is no folder."""

    code: ClassVar[str] = "no_picture_folder"
    sentence: ClassVar[str] = "{folder} is no folder; give {wanted}."

    folder: Path
    wanted: str = "a folder of pictures"


class NoDamageFolder(InputError):
    """What an option of an experiment names as a folder of damage is no folder."""

    code: ClassVar[str] = "no_damage_folder"
    sentence: ClassVar[str] = "{folder} is no folder; the option {option} names one with pictures of damage."

    folder: Path
    option: str


class NoPictures(InputError):
    """A data set holds no pictures of the part that was asked for."""

    code: ClassVar[str] = "no_training_pictures"
    sentence: ClassVar[str] = "{folder} holds no pictures for '{part}'; it needs {listed} files."

    folder: Path
    part: str
    suffixes: tuple[str, ...]

    @property
    def listed(self) -> str:
        return ", ".join(self.suffixes)


class UnreadableList(InputError):
    """The file that lists the parts of a data set cannot be read."""

    code: ClassVar[str] = "unreadable_list"
    sentence: ClassVar[str] = "{path} cannot be read: {reason}."

    path: Path
    reason: str


class ListMissing(InputError):
    """A data set lacks the file that lists its parts."""

    code: ClassVar[str] = "list_missing"
    sentence: ClassVar[str] = (
        "{path}, which says what belongs to which part, is missing; put it there, or give {pictures} to take all "
        "pictures as one part."
    )

    path: Path
    pictures: Path


class BrokenList(InputError):
    """The file that lists the parts of a data set has a line that is no entry."""

    code: ClassVar[str] = "broken_list"
    sentence: ClassVar[str] = "{path} is no list of parts: '{line}' is not a name and 0, 1 or 2."

    path: Path
    line: str


class ListedPicturesMissing(InputError):
    """The list of a data set names pictures that are not in its folder."""

    code: ClassVar[str] = "listed_pictures_missing"
    sentence: ClassVar[str] = "{path} names {name}, which is not in {folder} ({missing} of {total} are missing)."

    path: Path
    name: str
    folder: Path
    missing: int
    total: int


class UnreadableTrainingPicture(InputError):
    """A file among the pictures to train on, or of damage, is no picture."""

    code: ClassVar[str] = "unreadable_training_picture"
    sentence: ClassVar[str] = "{path} cannot be read as a picture; take it out of the folder or replace it."

    path: Path


class TooFewSprites(InputError):
    """All sprites of damage would be kept for judging, and none to train with."""

    code: ClassVar[str] = "too_few_sprites"
    sentence: ClassVar[str] = (
        "{folder} holds too few sprites: the first of every {every} is kept for judging; put at least two of a kind "
        "into a folder."
    )

    folder: Path
    every: int


class UnreadableConfiguration(UsageError):
    """The file of a training's configuration cannot be read, or is no JSON."""

    code: ClassVar[str] = "unreadable_configuration"
    sentence: ClassVar[str] = "the configuration {path} cannot be read: {reason}."

    path: Path
    reason: str


class NoConfigurationObject(UsageError):
    """The file of a training's configuration holds JSON, but no object."""

    code: ClassVar[str] = "no_configuration_object"
    sentence: ClassVar[str] = "the configuration {path} is no JSON object; see training/configs for examples."

    path: Path


class ConfigurationOfAnother(UsageError):
    """A configuration is of another experiment than the one asked for."""

    code: ClassVar[str] = "configuration_of_another"
    sentence: ClassVar[str] = "the configuration {path} is one of the experiment {stated}, not of {wanted}."

    path: Path | None
    stated: str
    wanted: str


class WrongTrainingSetting(UsageError):
    """A setting of a training is unknown or has a value that does not fit."""

    code: ClassVar[str] = "wrong_training_setting"
    sentence: ClassVar[str] = "the training's {setting}: {reason}."

    setting: str
    reason: str


class WrongExperimentOption(UsageError):
    """An option of an experiment is unknown or has a value that does not fit."""

    code: ClassVar[str] = "wrong_experiment_option"
    sentence: ClassVar[str] = "the experiment {experiment}, option {option}: {reason}; see training/configs."

    experiment: str
    option: str
    reason: str


class UnknownExperiment(UsageError):
    """There is no experiment of that name."""

    code: ClassVar[str] = "unknown_experiment"
    sentence: ClassVar[str] = "the experiment '{name}' is unknown; the experiments are {listed}."

    name: str
    choices: tuple[str, ...]

    @property
    def listed(self) -> str:
        return ", ".join(self.choices)


class CropDoesNotFit(UsageError):
    """The crop cannot be halved by as many layers as the network has."""

    code: ClassVar[str] = "crop_does_not_fit"
    sentence: ClassVar[str] = (
        "the crop of {height} and {width} pixels does not fit the experiment {experiment}, whose {layers} layers halve "
        "it each; use multiples of {multiple}."
    )

    height: int
    width: int
    experiment: str
    layers: int
    multiple: int


class NoRun(UsageError):
    """A folder holds no run of a training."""

    code: ClassVar[str] = "no_run"
    sentence: ClassVar[str] = "{run} holds no {filename}; give the folder of a training run."

    run: Path
    filename: str


class RunOfAnotherVersion(UsageError):
    """A run's configuration has settings that this version does not know."""

    code: ClassVar[str] = "run_of_another_version"
    sentence: ClassVar[str] = "the run {run} is of another version of this program: its {setting}: {reason}."

    run: Path
    setting: str
    reason: str


class RunOfAnotherNetwork(UsageError):
    """The weights of the run that is to be begun with are those of another network."""

    code: ClassVar[str] = "run_of_another_network"
    sentence: ClassVar[str] = "the run {run} trained another network; its weights do not fit this one."

    run: Path


class WeightsOverflow(UsageError):
    """A trained network has weights beyond the range of float16."""

    code: ClassVar[str] = "weights_overflow"
    sentence: ClassVar[str] = "{name} of {run} holds numbers float16 cannot hold; train with a smaller learning rate."

    name: str
    run: Path


class RunFolderNotMade(OutputError):
    """The folder of a run cannot be made."""

    code: ClassVar[str] = "run_folder_not_made"
    sentence: ClassVar[str] = "the run's folder {run} cannot be made: {reason}; choose another folder."

    run: Path
    reason: str


class CheckpointOfOtherSettings(UsageError):
    """The checkpoint in a run's folder was made with other settings."""

    code: ClassVar[str] = "checkpoint_of_other_settings"
    sentence: ClassVar[str] = "the checkpoint in {run} was made with another value of {listed}; use another folder."

    run: Path
    settings: tuple[str, ...]

    @property
    def listed(self) -> str:
        return ", ".join(self.settings)


class CheckpointOfOtherPictures(UsageError):
    """The checkpoint in a run's folder was made with other pictures."""

    code: ClassVar[str] = "checkpoint_of_other_pictures"
    sentence: ClassVar[str] = (
        "the checkpoint in {run} was made with other pictures; use another folder, or go on with these by "
        "other_pictures=True."
    )

    run: Path


class UnreadableCheckpoint(UsageError):
    """A checkpoint is damaged or cannot be read."""

    code: ClassVar[str] = "unreadable_checkpoint"
    sentence: ClassVar[str] = "the checkpoint {path} cannot be read; remove it to start anew."

    path: Path


class NoCheckpoint(UsageError):
    """A file is none of a training's checkpoints."""

    code: ClassVar[str] = "no_checkpoint"
    sentence: ClassVar[str] = "{path} is no checkpoint of a training; use another folder."

    path: Path


class BrokenFeatureWeights(WeightsError):
    """The pretrained network that a loss measures with has other layers than VGG-16."""

    code: ClassVar[str] = "broken_feature_weights"
    sentence: ClassVar[str] = "the weights of VGG-16 from {source} are not whole; fetch them again."

    source: str


class FeatureWeightsNotFetched(WeightsError):
    """Torchvision's VGG-16 cannot be fetched."""

    code: ClassVar[str] = "feature_weights_not_fetched"
    sentence: ClassVar[str] = (
        "torchvision's VGG-16 cannot be fetched ({reason}); go on with the option features=shift-tolerant."
    )

    reason: str


class ExportIncomplete(UsageError):
    """An export lacks the run, or a file to write with the suffix it needs."""

    code: ClassVar[str] = "export_incomplete"
    sentence: ClassVar[str] = "export needs the folder of a run and a .safetensors file to write."


class WordTooMany(UsageError):
    """A folder stands on the command line of a training where none is meant."""

    code: ClassVar[str] = "word_too_many"
    sentence: ClassVar[str] = "'{word}' is one word too many."

    word: str


class StopOutOfRange(UsageError):
    """A training is to stop before its first step."""

    code: ClassVar[str] = "stop_out_of_range"
    sentence: ClassVar[str] = "stop_after takes a whole number from 1 on."


class NothingToTrainOn(UsageError):
    """Neither pictures nor a configuration that names some were given."""

    code: ClassVar[str] = "nothing_to_train_on"
    sentence: ClassVar[str] = "say what to train the experiment {experiment} on."

    experiment: str
