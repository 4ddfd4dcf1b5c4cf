"""What the command line can say of a shot: the same options for every command that plans one."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from emogene.cli_grouped_options import option, takes
from emogene_proto.names import IDLE_SAMPLINGS

_KEYS = (
    "SECONDS:EMOTION[:INTENSITY], e.g. 2.5:angry:0.6, or a mixture, 2.5:happy:0.5+sad:0.4. At the end @SECONDS says "
    "how long the change takes (0.4), and ,EASING how it goes: smooth, linear, ease_in, ease_out, hold. Repeat it for "
    "more keys."
)
_TRACK = "A JSON file with a movement to add: [[x, y, z, rx, ry, rz], ...], metres and radians, a row a frame."


@dataclass(frozen=True)
class ShotOptions:
    """Settings of a Shot, most by the names of its fields and of their fields; None is the default of a Shot."""

    emotion: list[str] | None = option(_KEYS)
    emotion_strength: float | None = option("How far emotions move the face, 0 to 2.", "1")
    brow_strength: float | None = option("The same for the brows; both are multiplied.", "1")
    eye_strength: float | None = option("The same for eyes and lids.", "1")
    mouth_strength: float | None = option("The same for mouth, jaw and wings of the nose.", "1")
    fps: float | None = option("Frames per second.", "24")
    seed: int | None = option("Another seed, another take.", "0")
    amplitude: float | None = option("Size of the mouth's movements, 0 to 3.", "1")
    temperature: float | None = option("Liveliness, 0 (the likeliest motion) to 1.", "0.2")
    smoothing: float | None = option("Seconds over which all but the mouth is smoothed.", "0.04")
    lip_closure: float | None = option("How surely lips close: 0 never helped, 2 also in doubt.", "1")
    head_motion: float | None = option("Weight of the actor's own recorded head movement.", "1")
    head_track: Path | None = option(_TRACK)
    head_object: float | None = option("Weight of that movement.", "1")
    gaze: float | None = option("Size of the eyes' wandering, with which the head goes along.", "1")
    blink: float | None = option("How often: 0 never, 1 as a person, 2 twice as often.", "1")
    breath: float | None = option("Size of the movements of breathing and sway.", "1")
    idle_sampling: str | None = option(f"How the head rests in pauses: {', '.join(IDLE_SAMPLINGS)}.", IDLE_SAMPLINGS[0])
    actor: str | None = option("'bundled', an actor's folder, or an .actor file.", "bundled")

    @property
    def given(self) -> dict[str, Any]:
        """Those that were given, by name."""
        settings = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: value for name, value in settings.items() if value is not None and value != []}


takes_shot_options = takes("options", ShotOptions)
"""A command whose parameter `options` is typed as all the options of ShotOptions."""
