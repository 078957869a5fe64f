"""What can be wrong with a picture that is read, handed over as an array or image, or written."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from restoration_studio.errors import InputError, OutOfMemoryError, OutputError, UsageError

# Files that are read.


class PictureMissing(InputError):
    """There is no file of that name."""

    code: ClassVar[str] = "picture_missing"
    sentence: ClassVar[str] = "{path} does not exist; check the name."

    path: Path


class PictureNameImpossible(InputError):
    """No file can have that name: it holds a zero byte, or a file stands where a folder is needed."""

    code: ClassVar[str] = "picture_name_impossible"
    sentence: ClassVar[str] = "{quoted} is no possible file name here; check the name."

    path: Path

    @property
    def quoted(self) -> str:
        """The name in quotes, with what cannot be shown in it as escapes."""
        return repr(str(self.path))


class PictureNotPermitted(InputError):
    """The file's permissions keep it from being read."""

    code: ClassVar[str] = "picture_not_permitted"
    sentence: ClassVar[str] = "{path} cannot be read: no permission; change its permissions or copy it."

    path: Path


class PictureAccessFailed(InputError):
    """The system cannot reach the file, for a reason of its own."""

    code: ClassVar[str] = "picture_access_failed"
    sentence: ClassVar[str] = "{path} cannot be read: {reason}; check the name."

    path: Path
    reason: str


class PictureIsFolder(InputError):
    """A folder was named where a picture is meant."""

    code: ClassVar[str] = "picture_is_folder"
    sentence: ClassVar[str] = (
        "{path} is a folder; name a picture file, or restore a folder with batch_restore_images()."
    )

    path: Path


class PictureIsDevice(InputError):
    """A device or pipe was named where a picture file is meant."""

    code: ClassVar[str] = "picture_is_device"
    sentence: ClassVar[str] = "{path} is a device or pipe, not a file; save the picture to a file first."

    path: Path


class PictureEmpty(InputError):
    """The file has no bytes."""

    code: ClassVar[str] = "picture_empty"
    sentence: ClassVar[str] = "{path} is empty (0 bytes); use another copy of it."

    path: Path


class CameraRaw(InputError):
    """The file is a camera's raw file, which is not developed here."""

    code: ClassVar[str] = "camera_raw"
    sentence: ClassVar[str] = (
        "{path} is a camera raw file, which is not read; develop it to a 16-bit TIFF with your raw converter first."
    )

    path: Path


class NotAPicture(InputError):
    """The file's first bytes are those of something else: ``found`` says of what, ``advice`` what to do."""

    code: ClassVar[str] = "not_a_picture"
    sentence: ClassVar[str] = "{path} is {found}; {advice}."

    path: Path
    found: str
    advice: str


class DecoderMissing(InputError):
    """A package that decodes the file's format is not installed."""

    code: ClassVar[str] = "decoder_missing"
    sentence: ClassVar[str] = "{path} is a {format} picture; install {package} or convert it to JPEG or TIFF."

    path: Path
    format: str
    package: str


class PictureUnreadable(InputError):
    """The file breaks its format's rules, or follows some that are not read."""

    code: ClassVar[str] = "picture_unreadable"
    sentence: ClassVar[str] = "{path} cannot be read: {reason}; use another copy or save it anew."

    path: Path
    reason: str


class PictureDamaged(InputError):
    """The file's bytes show the damage before they are decoded."""

    code: ClassVar[str] = "picture_damaged"
    sentence: ClassVar[str] = "{path} is damaged: {reason}; use another copy of it."

    path: Path
    reason: str


class PictureUndecodable(InputError):
    """The decoder gave up, for the ``reason`` that it gave."""

    code: ClassVar[str] = "picture_undecodable"
    sentence: ClassVar[str] = "{path} is damaged or cut off ({reason}); use another copy of it."

    path: Path
    reason: str


class PictureWithoutPixels(InputError):
    """A side of the picture is 0 pixels."""

    code: ClassVar[str] = "picture_without_pixels"
    sentence: ClassVar[str] = "{path} is {width} x {height} pixels, so there is no picture in it; use another copy."

    path: Path
    width: int
    height: int


class PictureTooLarge(InputError):
    """The picture has more pixels than ``limit`` megapixels."""

    code: ClassVar[str] = "picture_too_large"
    sentence: ClassVar[str] = (
        "{path} is {width} x {height} pixels ({megapixels:.0f} megapixels), more than the limit of {limit:g}; raise "
        "max_input_megapixels in the configuration (RESTORATION_STUDIO_MAX_INPUT_MEGAPIXELS) if you trust it."
    )

    path: Path
    width: int
    height: int
    limit: float

    @property
    def megapixels(self) -> float:
        """The picture's size in millions of pixels."""
        return self.width * self.height / 1e6


class PictureOutOfMemory(OutOfMemoryError):
    """The decoded picture does not fit into the machine's memory."""

    code: ClassVar[str] = "picture_out_of_memory"
    sentence: ClassVar[str] = "{path} does not fit into this machine's memory; make it smaller first."

    path: Path


# Arrays and Pillow images that a caller hands over.


class ArrayShapeUnknown(InputError):
    """An array has the shape of no picture."""

    code: ClassVar[str] = "array_shape_unknown"
    sentence: ClassVar[str] = (
        "an array of shape {shape} is not a picture; give (height, width), or (height, width, channels) with 1 to 4 "
        "channels last, RGB in this order."
    )

    shape: tuple[int, ...]


class ArrayTypeUnknown(InputError):
    """An array has samples of a type that says nothing of its range."""

    code: ClassVar[str] = "array_type_unknown"
    sentence: ClassVar[str] = "an array of {dtype} is not a picture; give uint8, uint16 or floats from 0 to 1."

    dtype: str


class ArrayEmpty(InputError):
    """An array has no pixel."""

    code: ClassVar[str] = "array_empty"
    sentence: ClassVar[str] = "the array has the shape {shape}, so there is no pixel in it; give a picture."

    shape: tuple[int, ...]


class ArrayOutOfRange(InputError):
    """Floats of an array leave 0 to 1."""

    code: ClassVar[str] = "array_out_of_range"
    sentence: ClassVar[str] = (
        "the array holds values from {low:g} to {high:g}; floats must be from 0 to 1, so divide by the largest "
        "possible value or give uint8 or uint16."
    )

    low: float
    high: float


class ImageEmpty(InputError):
    """A Pillow image has no pixel."""

    code: ClassVar[str] = "image_empty"
    sentence: ClassVar[str] = "the image is {width} x {height} pixels, so there is nothing in it; give a picture."

    width: int
    height: int


class ImageUndecodable(InputError):
    """A Pillow image was opened, but its file cannot be decoded."""

    code: ClassVar[str] = "image_undecodable"
    sentence: ClassVar[str] = "the image cannot be decoded: {reason}; open another copy of its file."

    reason: str


class ImageModeUnknown(InputError):
    """A Pillow image is of a mode that cannot become grey or RGB."""

    code: ClassVar[str] = "image_mode_unknown"
    sentence: ClassVar[str] = "an image of mode {mode} cannot be restored; convert it to RGB first."

    mode: str


class ImageOutOfRange(InputError):
    """Values of a Pillow image of mode "I" or "F" leave 0 to ``top``."""

    code: ClassVar[str] = "image_out_of_range"
    sentence: ClassVar[str] = (
        "an image of mode {mode} must hold values from 0 to {top}, not {low} to {high}; scale it first."
    )

    mode: str
    top: int
    low: Any
    high: Any


# Files that are written.


class FormatNotWritable(UsageError):
    """A file name asks for a format that cannot be written here; ``choices`` are the suffixes that can be."""

    code: ClassVar[str] = "format_not_writable"
    sentence: ClassVar[str] = (
        "{path} cannot be written: the suffix {suffix} is unknown for pictures; use one of {listed}."
    )

    path: Path
    suffix: str
    choices: tuple[str, ...]

    @property
    def listed(self) -> str:
        """The choices with commas between them."""
        return ", ".join(self.choices)


class SuffixMissing(FormatNotWritable):
    """A file name has no suffix to choose the format by."""

    code: ClassVar[str] = "suffix_missing"
    sentence: ClassVar[str] = "{path} cannot be written: the name has no suffix; use one of {listed}."


class EncoderMissing(FormatNotWritable):
    """The format is known, but this machine has no encoder for it."""

    code: ClassVar[str] = "encoder_missing"
    sentence: ClassVar[str] = "{path} cannot be written: there is no {suffix} encoder here; use one of {listed}."


class SideTooLong(UsageError):
    """A side of the picture is longer than its format holds."""

    code: ClassVar[str] = "side_too_long"
    sentence: ClassVar[str] = (
        "{path} cannot be written: {width} x {height} pixels are more than the {largest} a side that {format} holds; "
        "use .png or .tif."
    )

    path: Path
    width: int
    height: int
    largest: int
    format: str


class BitDepthNotHeld(UsageError):
    """More bits a channel were asked for than the format holds."""

    code: ClassVar[str] = "bit_depth_not_held"
    sentence: ClassVar[str] = (
        "{path} cannot be written: {format} holds {most} bits a channel, not {bit_depth}; use .png or .tif."
    )

    path: Path
    format: str
    most: int
    bit_depth: int


class TIFFTooLarge(UsageError):
    """The file would be larger than a TIFF's 32-bit offsets reach."""

    code: ClassVar[str] = "tiff_too_large"
    sentence: ClassVar[str] = "{path} would be larger than the 4 GB a TIFF can hold; write PNG instead."

    path: Path


class EncodingFailed(OutputError):
    """The format's encoder gave up, for the ``reason`` that it gave."""

    code: ClassVar[str] = "encoding_failed"
    sentence: ClassVar[str] = "{path} could not be written as {format}: {reason}."

    path: Path
    format: str
    reason: str


class ProfileUnusable(OutputError):
    """Colours cannot be converted out of the picture's own profile."""

    code: ClassVar[str] = "profile_unusable"
    sentence: ClassVar[str] = "{path} could not be written: {reason}; convert the original to sRGB first."

    path: Path
    reason: str
