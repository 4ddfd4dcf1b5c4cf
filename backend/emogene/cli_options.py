"""What the command line can say of a shot: the same options for every command that plans one."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any

import typer

from emogene_proto.names import IDLE_SAMPLINGS

_KEYS = (
    "SECONDS:EMOTION[:INTENSITY], e.g. 2.5:angry:0.6, or a mixture, 2.5:happy:0.5+sad:0.4. At the end @SECONDS says "
    "how long the change takes (0.4), and ,EASING how it goes: smooth, linear, ease_in, ease_out, hold. Repeat it for "
    "more keys."
)
_TRACK = "A JSON file with a movement to add: [[x, y, z, rx, ry, rz], ...], metres and radians, a row a frame."


def _option(what: str, default: str = "") -> Any:
    """A field that is an option, with its line in the help."""
    shown = f"{what}  [default: {default}]" if default else what
    return field(default=None, metadata={"option": typer.Option(help=shown, show_default=False)})


@dataclass(frozen=True)
class ShotOptions:
    """Settings of a Shot, most by the names of its fields and of their fields; None is the default of a Shot."""

    emotion: list[str] | None = _option(_KEYS)
    emotion_strength: float | None = _option("How far emotions move the face, 0 to 2.", "1")
    brow_strength: float | None = _option("The same for the brows; both are multiplied.", "1")
    eye_strength: float | None = _option("The same for eyes and lids.", "1")
    mouth_strength: float | None = _option("The same for mouth, jaw and wings of the nose.", "1")
    fps: float | None = _option("Frames per second.", "24")
    seed: int | None = _option("Another seed, another take.", "0")
    amplitude: float | None = _option("Size of the mouth's movements, 0 to 3.", "1")
    temperature: float | None = _option("Liveliness, 0 (the likeliest motion) to 1.", "0.2")
    smoothing: float | None = _option("Seconds over which all but the mouth is smoothed.", "0.04")
    lip_closure: float | None = _option("How surely lips close: 0 never helped, 2 also in doubt.", "1")
    head_motion: float | None = _option("Weight of the actor's own recorded head movement.", "1")
    head_track: Path | None = _option(_TRACK)
    head_object: float | None = _option("Weight of that movement.", "1")
    gaze: float | None = _option("Size of the eyes' wandering, with which the head goes along.", "1")
    blink: float | None = _option("How often: 0 never, 1 as a person, 2 twice as often.", "1")
    breath: float | None = _option("Size of the movements of breathing and sway.", "1")
    idle_sampling: str | None = _option(
        f"How the head rests in pauses: {', '.join(IDLE_SAMPLINGS)}.", IDLE_SAMPLINGS[0]
    )
    actor: str | None = _option("'bundled', an actor's folder, or an .actor file.", "bundled")

    @property
    def given(self) -> dict[str, Any]:
        """Those that were given, by name."""
        settings = {option.name: getattr(self, option.name) for option in fields(self)}
        return {name: value for name, value in settings.items() if value is not None and value != []}


def takes_shot_options(command: Callable) -> Callable:
    """A command whose parameter `options` is typed as all the options of ShotOptions."""
    options = {
        option.name: inspect.Parameter(
            option.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[option.type, option.metadata["option"]],
        )
        for option in fields(ShotOptions)
    }

    def called(**settings: Any) -> None:
        chosen = ShotOptions(**{name: settings.pop(name) for name in options})
        command(options=chosen, **settings)

    parameters = []
    for parameter in inspect.signature(command).parameters.values():
        kept = parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        parameters += options.values() if parameter.name == "options" else [kept]
    called.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    called.__name__, called.__doc__ = command.__name__, command.__doc__
    return called
