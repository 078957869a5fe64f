"""What can be wrong with a video that is read, a part or setting that is asked for, and a result that is written."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from restoration_studio.errors import InputError, OutputError, UsageError

# Files that are read.


class VideoMissing(InputError):
    """There is no file of that name."""

    code: ClassVar[str] = "video_missing"
    sentence: ClassVar[str] = "{path} does not exist; check the name."

    path: Path


class VideoNotPermitted(InputError):
    """The file's permissions keep it from being read."""

    code: ClassVar[str] = "video_not_permitted"
    sentence: ClassVar[str] = "{path} cannot be read: no permission; change its permissions."

    path: Path


class VideoEmpty(InputError):
    """The file has no bytes."""

    code: ClassVar[str] = "video_empty"
    sentence: ClassVar[str] = "{path} is empty; give a film."

    path: Path


class NotAVideo(InputError):
    """FFmpeg finds no video in the file."""

    code: ClassVar[str] = "not_a_video"
    sentence: ClassVar[str] = "{path} is no film that FFmpeg can read ({reason}); it may be damaged or cut short."

    path: Path
    reason: str


class VideoUnreadable(InputError):
    """The file begins as a video, and FFmpeg fails within it."""

    code: ClassVar[str] = "video_unreadable"
    sentence: ClassVar[str] = "{path} cannot be read ({reason}); it may be damaged or cut short."

    path: Path
    reason: str


class VideoIsPicture(InputError):
    """A picture was given where a video is meant."""

    code: ClassVar[str] = "video_is_picture"
    sentence: ClassVar[str] = "{path} is a picture and no film; use restore_image()."

    path: Path


class VideoOnlySound(InputError):
    """The file has no stream of pictures."""

    code: ClassVar[str] = "video_only_sound"
    sentence: ClassVar[str] = "{path} has no pictures, only sound; give a film."

    path: Path


class VideoWithoutFrames(InputError):
    """Not one frame can be decoded."""

    code: ClassVar[str] = "video_without_frames"
    sentence: ClassVar[str] = "{path} holds no frame that can be decoded; it may be damaged or cut short."

    path: Path


class VideoTurnedAskew(InputError):
    """The file is tagged to be shown turned by an angle that is no quarter turn."""

    code: ClassVar[str] = "video_turned_askew"
    sentence: ClassVar[str] = "{path} is to be shown turned by {rotation} degrees, no quarter turn; re-tag it."

    path: Path
    rotation: int


class VideoChangesSize(InputError):
    """Frames have another size from some time on."""

    code: ClassVar[str] = "video_changes_size"
    sentence: ClassVar[str] = (
        "{path} changes its size from {width}x{height} to {later_width}x{later_height} after {seconds:.2f} s; "
        "restore its parts one by one with start and end."
    )

    path: Path
    width: int
    height: int
    later_width: int
    later_height: int
    seconds: float


class VideoChanged(InputError):
    """The file is another one than it was when the run began.

    Attributes:
        found: what differs: "stream", "timestamps" or "frames".
    """

    code: ClassVar[str] = "video_changed"
    sentence: ClassVar[str] = "{path} {difference}; {advice}."

    path: Path
    found: str

    @property
    def difference(self) -> str:
        """What differs, as the rest of a sentence about the file."""
        return {
            "stream": "has changed while it was worked on",
            "timestamps": "has other timestamps than before",
            "frames": "gave fewer frames than before",
        }[self.found]

    @property
    def advice(self) -> str:
        """What to do."""
        return "run again" if self.found == "stream" else "it may have changed, so run again"


class TrackDoesNotFit(UsageError):
    """A track with sound or subtitles cannot be copied into the wanted container."""

    code: ClassVar[str] = "track_does_not_fit"
    sentence: ClassVar[str] = (
        "track {index} of {path} ({kind}, {codec}) does not go into this kind of file; give a name that ends with "
        ".mkv, which takes nearly everything."
    )

    path: Path
    index: int
    kind: str
    codec: str


# The part that is wanted.


class PreviewOfPart(UsageError):
    """A preview was asked for together with a start or an end."""

    code: ClassVar[str] = "preview_of_part"
    sentence: ClassVar[str] = "a preview is from the middle; give preview, or start and end, not both."


class PreviewTooShort(UsageError):
    """A preview of no length."""

    code: ClassVar[str] = "preview_too_short"
    sentence: ClassVar[str] = "preview takes seconds above 0, not {seconds:g}."

    seconds: float


class PartEmpty(UsageError):
    """Start and end leave nothing between them."""

    code: ClassVar[str] = "part_empty"
    sentence: ClassVar[str] = "start {start:g} and end {end:g} leave nothing of the film."

    start: float
    end: float


class StartAfterEnd(UsageError):
    """The part begins where the video has ended."""

    code: ClassVar[str] = "start_after_end"
    sentence: ClassVar[str] = "start {start:g} lies after the film's end ({duration:.2f} s)."

    start: float
    duration: float


class PartWithoutFrames(UsageError):
    """No frame is shown between start and end."""

    code: ClassVar[str] = "part_without_frames"
    sentence: ClassVar[str] = "there is no frame of {path} between start and end."

    path: Path


class MaxFramesTooSmall(UsageError):
    """Fewer frames than one are asked for."""

    code: ClassVar[str] = "max_frames_too_small"
    sentence: ClassVar[str] = "max_frames takes a whole number from 1 on, not {max_frames}."

    max_frames: int


# Frame rates.


class FrameRateUnknown(UsageError):
    """A text that is no frame rate."""

    code: ClassVar[str] = "frame_rate_unknown"
    sentence: ClassVar[str] = "a frame rate is a number, a fraction or such as 2x, not '{text:.40}'."

    text: str


class FrameRateOutOfRange(UsageError):
    """A frame rate that is too low or too high."""

    code: ClassVar[str] = "frame_rate_out_of_range"
    sentence: ClassVar[str] = "a frame rate is from {lowest} to {highest} frames a second, not {rate:g}."

    rate: float
    lowest: int
    highest: int


class FrameRateUnreachable(UsageError):
    """No time base counts both the video's timestamps and those of the frame rate."""

    code: ClassVar[str] = "frame_rate_unreachable"
    sentence: ClassVar[str] = "the film's clock does not go with {rate:g} frames a second; choose another rate."

    rate: float


# Codecs and containers.


class VideoNameUnknown(UsageError):
    """The result's name ends with no container's suffix."""

    code: ClassVar[str] = "video_name_unknown"
    sentence: ClassVar[str] = "{path} is no name for a film; let it end with {listed}."

    path: Path
    choices: tuple[str, ...]

    @property
    def listed(self) -> str:
        """The suffixes, one after the other."""
        return ", ".join(self.choices)


class CodecUnknown(UsageError):
    """There is no such codec."""

    code: ClassVar[str] = "codec_unknown"
    sentence: ClassVar[str] = "the codec '{codec}' is unknown; use one of {listed}."

    codec: str
    choices: tuple[str, ...]

    @property
    def listed(self) -> str:
        """The codecs, one after the other."""
        return ", ".join(self.choices)


class CodecDoesNotFit(UsageError):
    """The container does not take the codec.

    Attributes:
        suffix: of the result's name.
        choices: suffixes that take the codec.
    """

    code: ClassVar[str] = "codec_does_not_fit"
    sentence: ClassVar[str] = "{codec} does not go into {suffix}; use a name that ends with {listed}."

    codec: str
    suffix: str
    choices: tuple[str, ...]

    @property
    def listed(self) -> str:
        """The suffixes, one after the other."""
        return ", ".join(self.choices)


class AlphaNotKept(UsageError):
    """Codec and container keep no transparency, and the video has some."""

    code: ClassVar[str] = "alpha_not_kept"
    sentence: ClassVar[str] = (
        "{path} has transparency, which {codec} in {suffix} does not keep; use a name that ends with .webm, .mkv or "
        ".mov, or set ignore_alpha=True to restore its colours alone."
    )

    path: Path
    codec: str
    suffix: str


class PixelAspectNotKept(UsageError):
    """Codec and container do not say that pixels are not square."""

    code: ClassVar[str] = "pixel_aspect_not_kept"
    sentence: ClassVar[str] = (
        "the film's pixels are not square, and {codec} in {suffix} does not say so; use a name that ends with .mp4 "
        "or .mov, or codec='h264' in .mkv."
    )

    codec: str
    suffix: str


class EncoderPresetUnknown(UsageError):
    """The encoder has no preset of that name."""

    code: ClassVar[str] = "encoder_preset_unknown"
    sentence: ClassVar[str] = "the encoder preset '{preset}' is unknown to {codec}; use {listed}."

    preset: str
    codec: str
    choices: tuple[str, ...]

    @property
    def listed(self) -> str:
        """The presets, one after the other."""
        return f"one of {', '.join(self.choices)}" if self.choices else "none, as it has only one way of working"


class CodecWithoutQuality(UsageError):
    """A quality was given to a codec that has but one."""

    code: ClassVar[str] = "codec_without_quality"
    sentence: ClassVar[str] = "{codec} has no crf: its quality is fixed; leave crf out."

    codec: str


class CrfOutOfRange(UsageError):
    """The codec knows no such quality."""

    code: ClassVar[str] = "crf_out_of_range"
    sentence: ClassVar[str] = "crf takes a number from 0 to {highest:g} for {codec}, not {crf:g}."

    codec: str
    crf: float
    highest: float


# Results that are written.


class VideoBeingMade(UsageError):
    """Another run is making the same video."""

    code: ClassVar[str] = "video_being_made"
    sentence: ClassVar[str] = "{path} is being made by another run; wait for it or choose another name."

    path: Path


class SegmentGone(UsageError):
    """A finished segment was removed while the run went on."""

    code: ClassVar[str] = "segment_gone"
    sentence: ClassVar[str] = "a finished segment has gone from {folder}; leave that folder alone and run again."

    folder: Path


class SegmentsIncomplete(InputError):
    """Finished segments hold other frames than they should."""

    code: ClassVar[str] = "segments_incomplete"
    sentence: ClassVar[str] = "the pieces hold {frames} frames and not {expected}; delete their folder and run again."

    frames: int
    expected: int


class EncoderRefused(OutputError):
    """The encoder does not take frames of that size or format."""

    code: ClassVar[str] = "encoder_refused"
    sentence: ClassVar[str] = (
        "the encoder {encoder} cannot write {width}x{height} pixels as {pixel_format} ({reason}); choose another codec "
        "or a smaller scale."
    )

    encoder: str
    width: int
    height: int
    pixel_format: str
    reason: str


class SegmentNotOpened(OutputError):
    """A segment's file cannot be made."""

    code: ClassVar[str] = "segment_not_opened"
    sentence: ClassVar[str] = "{path} could not be written: {reason}; choose another place."

    path: Path
    reason: str


class SegmentNotWritten(OutputError):
    """A segment's file cannot be finished."""

    code: ClassVar[str] = "segment_not_written"
    sentence: ClassVar[str] = "{path} could not be written: {reason}; free some space and run again."

    path: Path
    reason: str


class VideoNotMuxed(OutputError):
    """Segments and tracks cannot be put into one file."""

    code: ClassVar[str] = "video_not_muxed"
    sentence: ClassVar[str] = "{path} could not be written ({reason}); free some space or choose another container."

    path: Path
    reason: str


class VideoCheckFailed(OutputError):
    """The finished file, read back, is not what was meant to be written.

    Attributes:
        checked: what of it is wrong: "size", "pixel_aspect", "colour", "bit_depth", "alpha", "frames", "decoding",
            "timestamps", "brightness", "duration", "tracks" or "chapters".
        reason: what was found, and what was meant.
    """

    code: ClassVar[str] = "video_check_failed"
    sentence: ClassVar[str] = "the film was written wrongly: {reason}; choose another container or codec."

    checked: str
    reason: str
