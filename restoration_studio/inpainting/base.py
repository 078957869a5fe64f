"""What a method of filling is, and what it may be told."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, TypeAlias

from restoration_studio.inpainting.errors import MethodTakesNoWeights

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from restoration_studio.config import Config
    from restoration_studio.context import StageContext
    from restoration_studio.image.picture import FloatArray

Mask: TypeAlias = "NDArray[np.bool_]"


@dataclass(frozen=True, slots=True)
class FillOptions:
    """What a person may say about how holes are filled; each method takes what concerns it.

    Attributes:
        model: weights to use in place of the method's own: a name of the catalogue, the path of a file, or for
            diffusion a folder or a hub's name; empty for the method's own.
        radius: how far around a pixel OpenCV's methods look, in pixels.
        prompt: the name of a prompt in ``inpainting.prompts`` or a text of one's own.
        negative_prompt: what shall not appear, added to what the named prompt keeps away.
        guidance: how strongly the picture follows the prompt.
        steps: of the diffusion.
        safety_checker: whether unsafe pictures are refused.
    """

    model: str = ""
    radius: float = 3.0
    prompt: str = "none"
    negative_prompt: str = ""
    guidance: float = 7.5
    steps: int = 30
    safety_checker: bool = True


class Method(ABC):
    """One way of filling holes. Instances keep no state and may be used by several threads.

    Attributes:
        name: in recipes and on the command line.
        title, summary: for people.
        core: holes longer than this many pixels are filled piece by piece, unless they are as thick.
        surroundings: pixels around a hole that the method is given to look at.
        needs_surroundings: a picture that is all hole cannot be filled.
        seeded: another seed gives another result.
        uses_radius: the radius in the options changes the result.
        match_colours: its colours are brought in line with the surroundings afterwards.
    """

    name: str
    title: str
    summary: str
    core: ClassVar[int] = 256
    surroundings: ClassVar[int] = 128
    needs_surroundings: ClassVar[bool] = True
    seeded: ClassVar[bool] = False
    uses_radius: ClassVar[bool] = False
    match_colours: ClassVar[bool] = True

    def models(self, options: FillOptions) -> tuple[str, ...]:
        """The catalogue names (or paths) of the weights it loads."""
        return ()

    def check(self, options: FillOptions) -> None:
        """Refuse options the method cannot work with.

        Raises:
            RecipeError: weights are named that it does not take, or none that it needs.
        """
        if options.model:
            raise MethodTakesNoWeights(method=self.name, model=options.model)

    def is_here(self, config: Config | None) -> bool:
        """Whether it can run without fetching anything."""
        if not self.models(FillOptions()):
            return True
        if config is None:
            return False
        from restoration_studio.weights.catalogue import get
        from restoration_studio.weights.store import present

        return all(any(present(get(name), config)) for name in self.models(FillOptions()))

    def cost(self, pixels: float) -> float:
        """Billions of multiply-adds, or as much time, for ``pixels`` pixels of holes and their surroundings."""
        return pixels * 5e-6

    @abstractmethod
    def fill(
        self, pixels: FloatArray, hole: Mask, options: FillOptions, context: StageContext, seed: int
    ) -> FloatArray:
        """Fill the holes of one window.

        Args:
            pixels: (h, w, 3) float32, 0 to 1; black inside the holes, so that no method sees what was there.
            hole: (h, w) bool, True = to be filled.
            options: what a person says about it.
            context: what the stage was handed; its seed is that of the whole picture.
            seed: of this window, for every random choice.

        Returns:
            (h, w, 3) float32, 0 to 1. Only what lies in the holes is taken from it; the rest serves to compare
            colours with the picture.

        Raises:
            RestorationError: it cannot be done.
        """
