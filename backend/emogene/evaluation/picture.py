"""Which figures of pictures there are, what is asked of each, and the way to all of them."""

from collections.abc import Collection

from emogene.evaluation import picture_flicker, picture_frames, picture_landmarks, picture_views, suite
from emogene.evaluation.figures import Evaluation
from emogene.evaluation.picture_material import PictureMaterial
from emogene.evaluation.picture_quality import require_scikit_image
from emogene.evaluation.suite import Group, Measured
from emogene_proto.errors import CorpusError

_MODULES = (picture_frames, picture_landmarks, picture_views, picture_flicker)

FIGURES: dict[str, Measured] = {
    **{name: figure for module in _MODULES for name, figure in module.FIGURES.items()},
    **{name: figure for module in _MODULES for name, figure in module.EXTRAS.items()},
}
"""Every figure, in the table's order; those without a reach say what else is good or weak."""


def _frames(material: PictureMaterial) -> None:
    _ = material.frames


def _face_model(material: PictureMaterial) -> None:
    if not material.face_model.is_file():
        raise CorpusError(
            f"There is no face model {material.face_model}.", "Make one with 'emogene corpus pack', see docs/corpus.md."
        )


_COMPARED = (require_scikit_image, _frames)
_DRAWN = (*_COMPARED, _face_model)

GROUPS: tuple[Group[PictureMaterial], ...] = (
    Group("Comparing pictures", picture_frames.NAMES, picture_frames.measure, PictureMaterial.frames_used, _COMPARED),
    Group("Finding landmarks", picture_landmarks.NAMES, picture_landmarks.measure, picture_landmarks.used, _COMPARED),
    Group("Looking from aside", picture_views.NAMES, picture_views.measure, picture_views.used, _DRAWN),
    Group("Standing still", picture_flicker.STILL, picture_flicker.still, picture_flicker.still_used, (_frames,)),
    Group("Turning slowly", picture_flicker.TURN, picture_flicker.turn, picture_flicker.turn_used, _DRAWN),
)


def evaluate(
    material: PictureMaterial, only: Collection[str] = (), progress: suite.Progress | None = None
) -> Evaluation:
    """Measure all figures, or those named.

    Args:
        only: names of FIGURES; empty is all of them.
        progress: told how far it has come, and what is being measured.

    Raises:
        CorpusError: the corpus, the face model or scikit-image is missing, the corpus pictures somebody else, or a
            figure is unknown.
        ActorError: a model of the actor is damaged.
    """
    return suite.run_suite(FIGURES, GROUPS, material, only, progress)
