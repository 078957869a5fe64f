"""Mistakes that are found when a recipe is read, prepared, run or recorded."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from restoration_studio.errors import (
    InputError,
    Interrupted,
    OutOfMemoryError,
    RecipeError,
    RestorationError,
    UsageError,
)


class NotEnoughMemory(OutOfMemoryError):
    """The whole process has too little memory for the work."""

    code: ClassVar[str] = "not_enough_memory"
    sentence: ClassVar[str] = (
        "there is not enough memory for this {what}; choose a smaller scale or close other programs."
    )

    what: str


class VideoStepOnPicture(UsageError):
    """A recipe for films is run on a picture."""

    code: ClassVar[str] = "video_step_on_picture"
    sentence: ClassVar[str] = "the recipe's step '{step}' is for films, and this is a picture; leave it out."

    step: str


class WrongOutputSize(RestorationError):
    """A stage made another size than it said it would: a mistake in the stage."""

    code: ClassVar[str] = "wrong_output_size"
    sentence: ClassVar[str] = "the stage {stage} made {width}x{height} pixels, not {expected_width}x{expected_height}."

    stage: str
    width: int
    height: int
    expected_width: int
    expected_height: int


class UnknownPictureType(InputError):
    """What was handed in is neither a path nor a picture in memory."""

    code: ClassVar[str] = "unknown_picture_type"
    sentence: ClassVar[str] = "a {kind} is no picture; give a path, a PIL image or an array."

    kind: str


class NoPictureInFolder(InputError):
    """A folder and its subfolders hold no picture."""

    code: ClassVar[str] = "no_picture_in_folder"
    sentence: ClassVar[str] = "there is no picture in the folder {path} or its subfolders; check its name."

    path: Path


class FolderMissing(InputError):
    """A folder to restore does not exist."""

    code: ClassVar[str] = "folder_missing"
    sentence: ClassVar[str] = "the folder {path} does not exist; check its name."

    path: Path


class FolderUnreadable(InputError):
    """A folder cannot be read."""

    code: ClassVar[str] = "folder_unreadable"
    sentence: ClassVar[str] = "the folder {path} cannot be read: {reason}; change its permissions."

    path: Path
    reason: str


class BatchInputIsFile(UsageError):
    """A batch is asked for, and a file is named."""

    code: ClassVar[str] = "batch_input_is_file"
    sentence: ClassVar[str] = "{path} is a file; a batch takes a folder."

    path: Path


class BatchOutputIsFile(UsageError):
    """A batch would write into something that is a file."""

    code: ClassVar[str] = "batch_output_is_file"
    sentence: ClassVar[str] = "{path} is a file; a batch writes into a folder, so name one."

    path: Path


class BatchOutputIsInput(UsageError):
    """A batch would write into the folder it reads."""

    code: ClassVar[str] = "batch_output_is_input"
    sentence: ClassVar[str] = "{path} is also the input folder; choose another, so that no original is overwritten."

    path: Path


class ResultOverOriginal(UsageError):
    """A result of a batch would take the place of one of its inputs."""

    code: ClassVar[str] = "result_over_original"
    sentence: ClassVar[str] = (
        "the result of {source} would overwrite the original {path}; choose another output folder."
    )

    source: Path
    path: Path


class ForeignFileThere(UsageError):
    """A file that no earlier run made is where a result would go."""

    code: ClassVar[str] = "foreign_file_there"
    sentence: ClassVar[str] = (
        "{path} exists and is no result of an earlier run; allow overwriting to replace it, or choose another folder."
    )

    path: Path


class ResultChanged(UsageError):
    """A result of an earlier run has been changed by somebody since."""

    code: ClassVar[str] = "result_changed"
    sentence: ClassVar[str] = (
        "{path} has been changed since it was written; allow overwriting to replace it, or move it away."
    )

    path: Path


class ForeignReportThere(UsageError):
    """A file that is no report of a batch is where the report would go."""

    code: ClassVar[str] = "foreign_report_there"
    sentence: ClassVar[str] = (
        "{path} exists and is no report of an earlier run; move it away, or choose another folder."
    )

    path: Path


class PictureTooLargeForMemory(OutOfMemoryError):
    """One picture of a batch does not fit into memory."""

    code: ClassVar[str] = "picture_too_large_for_memory"
    sentence: ClassVar[str] = "{path} does not fit into this machine's memory; make it smaller first."

    path: Path


class UnexpectedFailure(RestorationError):
    """A mistake of the program itself, which must not cost a person the other files."""

    code: ClassVar[str] = "unexpected_failure"
    sentence: ClassVar[str] = "unexpected {kind}: {reason}"

    kind: str
    reason: str


class ResultTooLarge(UsageError):
    """A recipe would make more pixels than the machine's limit allows."""

    code: ClassVar[str] = "result_too_large"
    sentence: ClassVar[str] = (
        "the result would have {width}x{height} pixels, over the limit of {limit:g} megapixels; choose a smaller scale "
        "or raise max_output_megapixels in the configuration."
    )

    width: int
    height: int
    limit: float


class NoSuchLayer(UsageError):
    """A layer, or the share of one, is out of range."""

    code: ClassVar[str] = "no_such_layer"
    sentence: ClassVar[str] = "layer {index} with share {share} does not exist; shares are 0 to 1."

    index: int
    share: float


class OutcomeCountOutOfRange(UsageError):
    """More or fewer outcomes are asked for than can be made at once."""

    code: ClassVar[str] = "outcome_count_out_of_range"
    sentence: ClassVar[str] = "outcomes are a whole number from 1 to {most}, not '{count}'."

    most: int
    count: int


class OutcomesOfNothing(UsageError):
    """Outcomes are ways of filling, and the recipe fills nothing."""

    code: ClassVar[str] = "outcomes_of_nothing"
    sentence: ClassVar[str] = "outcomes are ways of filling, and this recipe fills nothing; add inpainting to it."


class NothingWouldBeFilled(UsageError):
    """A mask is asked for of a recipe that fills nothing."""

    code: ClassVar[str] = "nothing_would_be_filled"
    sentence: ClassVar[str] = (
        "the mask is what inpainting would fill, and this recipe fills nothing; add inpainting to it."
    )


class TooFewOutcomes(UsageError):
    """The methods cannot give that many different outcomes."""

    code: ClassVar[str] = "too_few_outcomes"
    sentence: ClassVar[str] = (
        "{named} can give {possible} different outcome{s}, not {count}; ask for fewer, or name more methods."
    )

    methods: tuple[str, ...]
    possible: int
    count: int

    @property
    def named(self) -> str:
        return ", ".join(self.methods)

    @property
    def s(self) -> str:
        return "s" * (self.possible != 1)


class NotARecipe(RecipeError):
    """A file or dictionary is neither a recipe nor a record."""

    code: ClassVar[str] = "not_a_recipe"
    sentence: ClassVar[str] = "{origin} is not a recipe: it has no list of 'stages'."

    origin: str


class RecipeTooNew(RecipeError):
    """A recipe was made by a newer version of the program."""

    code: ClassVar[str] = "recipe_too_new"
    sentence: ClassVar[str] = (
        "{origin} was made by a newer version (format {format}; this version reads up to {newest}); update Restoration "
        "Studio."
    )

    origin: str
    format: int
    newest: int


class RecipeInvalid(RecipeError):
    """A setting of a recipe is unknown, of the wrong kind or out of range.

    Attributes:
        reason: a sentence, or the mistake itself, which each edge has words of its own for.
    """

    code: ClassVar[str] = "recipe_invalid"
    sentence: ClassVar[str] = "{origin}: {reason}"

    origin: str
    reason: str | RecipeError


class SettingInvalid(RecipeError):
    """A keyword's value is of the wrong kind or out of range."""

    code: ClassVar[str] = "setting_invalid"
    sentence: ClassVar[str] = "{reason}"

    reason: str


class RecipeFileUnreadable(RecipeError):
    """The file of a recipe cannot be read."""

    code: ClassVar[str] = "recipe_file_unreadable"
    sentence: ClassVar[str] = "the recipe {path} {reason}"

    path: Path
    reason: str


class RecipeNotText(RecipeError):
    """A recipe is named, and the file is no text."""

    code: ClassVar[str] = "recipe_not_text"
    sentence: ClassVar[str] = "{path} is not a recipe, which is a text in JSON; is it a picture?"

    path: Path


class UnknownPreset(RecipeError):
    """There is no preset of that name."""

    code: ClassVar[str] = "unknown_preset"
    sentence: ClassVar[str] = "preset '{name}' is unknown; the presets are {listed}."

    name: str
    choices: tuple[str, ...]

    @property
    def listed(self) -> str:
        return ", ".join(self.choices)


class StageTwice(UsageError):
    """A recipe runs a stage twice, so that a keyword could mean either."""

    code: ClassVar[str] = "stage_twice"
    sentence: ClassVar[str] = "this recipe runs a stage twice; change its file instead of adding options."


class UnknownKeyword(UsageError):
    """A keyword of the Python interface is unknown."""

    code: ClassVar[str] = "unknown_keyword"
    sentence: ClassVar[str] = "the option '{keyword}' is unknown{hint}"

    keyword: str
    nearest: str = ""

    @property
    def hint(self) -> str:
        return f"; did you mean '{self.nearest}'?" if self.nearest else "."


class NothingToRestore(UsageError):
    """A recipe for a video has neither a stage nor a step."""

    code: ClassVar[str] = "nothing_to_restore"
    sentence: ClassVar[str] = "the recipe has no stage, so nothing would be restored; add one."


class VideoTargetIsFolder(UsageError):
    """A folder stands where the result of a video is to be written."""

    code: ClassVar[str] = "video_target_is_folder"
    sentence: ClassVar[str] = "{path} is a folder; name a film to write."

    path: Path


class VideoInterrupted(Interrupted):
    """The person stopped the restoration of a video; its finished segments are kept.

    Attributes:
        frames: how many are restored.
        total: of how many; 0 where that was not known yet.
    """

    code: ClassVar[str] = "video_interrupted"
    sentence: ClassVar[str] = (
        "stopped after {frames} of {among} frames; finished parts are kept, and the same call goes on from them."
    )

    frames: int
    total: int

    @property
    def among(self) -> int | str:
        """How many frames there are, in words where that was not known yet."""
        return self.total or "some"
