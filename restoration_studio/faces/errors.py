"""What can be wrong with restoring faces and with moving their strength afterwards."""

from __future__ import annotations

from typing import ClassVar

from restoration_studio.errors import UsageError, WeightsError


class NetworkNotForFaces(WeightsError):
    """A network makes another size of a face than it was given; both are (height, width)."""

    code: ClassVar[str] = "network_not_for_faces"
    sentence: ClassVar[str] = (
        "the network in {model} makes {output_size[1]}x{output_size[0]} pixels of a face of "
        "{input_size[1]}x{input_size[0]}; use one made for faces."
    )

    model: str
    output_size: tuple[int, ...]
    input_size: tuple[int, ...]


class FaceNotRestored(UsageError):
    """The strength of a face is to be moved that the run did not restore."""

    code: ClassVar[str] = "face_not_restored"
    sentence: ClassVar[str] = "face {number} was not restored; those that were are {listed}."

    number: int
    restored: tuple[int, ...]

    @property
    def listed(self) -> str:
        return ", ".join(map(str, self.restored)) or "none"


class FaceStrengthOutOfRange(UsageError):
    """A face's strength is not 0 to 1."""

    code: ClassVar[str] = "face_strength_out_of_range"
    sentence: ClassVar[str] = "the strength of face {number} is 0 to 1, not {strength:g}."

    number: int
    strength: float


class FacesOfAnotherPicture(UsageError):
    """Layers of faces and the picture they are to be mixed into have different sizes."""

    code: ClassVar[str] = "faces_of_another_picture"
    sentence: ClassVar[str] = "the faces belong to a picture of another size; run the recipe again."
