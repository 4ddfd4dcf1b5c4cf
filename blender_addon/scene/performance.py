# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of how the face acts: emotion, speech, life. Mixed into the character's property group."""

import bpy
from bpy.props import EnumProperty, FloatProperty, PointerProperty

from ..emogene_proto.names import IDLE_SAMPLINGS
from ..emogene_proto.shot import LARGEST_STRENGTH, SPEAKING_LIMITS, EmotionStrength, Performance, Speaking
from ..views import empties

_HELD: set[str] = set()
"""Options of what is one number for a whole shot: Blender offers no keyframes for it."""
_SAMPLING_TEXTS = {
    "random_length": ("Random length", "Rests of random length with even gaps between them"),
    "fixed_length": ("Random gap", "Rests of one length with random gaps between them"),
    "random": ("All random", "Lengths and gaps are both random"),
    "even": ("Even", "Lengths and gaps are always the same"),
    "none": ("None", "The head goes on moving as in speech"),
}
SAMPLING_ITEMS = [(name, *_SAMPLING_TEXTS[name]) for name in IDLE_SAMPLINGS]


def _intensity(emotion: str):
    return FloatProperty(
        name=emotion.capitalize(),
        description=f"How {emotion} the face is, 0 to 1. Animate it, and its curve takes the place of what markers say "
        f"of {emotion}; left at 0 without keyframes, the markers decide",
        default=0.0,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
    )


def _strength(name: str, what: str):
    return FloatProperty(
        name=name,
        description=f"How far emotions move {what}: 0 not at all, 1 as the actor does, 2 twice as far",
        default=1.0,
        min=0.0,
        max=LARGEST_STRENGTH,
        subtype="FACTOR",
        options=_HELD,
    )


def _weight(name: str, description: str):
    return FloatProperty(
        name=name, description=description, default=1.0, min=0.0, max=2.0, subtype="FACTOR", options=_HELD
    )


class EmotionSettings:
    """Intensities with curves of their own, and how far all emotions go."""

    angry: _intensity("angry")
    contempt: _intensity("contempt")
    disgusted: _intensity("disgusted")
    fear: _intensity("fear")
    happy: _intensity("happy")
    sad: _intensity("sad")
    surprised: _intensity("surprised")
    overall_strength: _strength("Overall", "the whole face")
    brows_strength: _strength("Brows", "the brows, beside what Overall does")
    eyes_strength: _strength("Eyes", "the lids, beside what Overall does")
    mouth_strength: _strength("Mouth", "mouth, jaw and the wings of the nose, beside what Overall does")

    def emotion_strength(self) -> EmotionStrength:
        return EmotionStrength(
            **{name: round(getattr(self, f"{name}_strength"), 4) for name in EmotionStrength.__struct_fields__}
        )


class SpeechSettings:
    """How the voice is spoken."""

    amplitude: FloatProperty(
        name="Mouth",
        description="How far mouth and jaw move: below 1 mumbles, above 1 speaks with a big mouth. "
        "Lips still close on p, b and m",
        default=Speaking().amplitude,
        min=0.0,
        max=SPEAKING_LIMITS["amplitude"],
        soft_max=2.0,
        subtype="FACTOR",
        options=_HELD,
    )
    temperature: FloatProperty(
        name="Liveliness",
        description="How freely the face is acted: 0 always speaks the most likely way, more differs from take to take "
        "(see Seed) and is less sure",
        default=Speaking().temperature,
        min=0.0,
        max=SPEAKING_LIMITS["temperature"],
        subtype="FACTOR",
        options=_HELD,
    )
    smoothing: FloatProperty(
        name="Smoothing",
        description="Calms brows, eyes and nose over so many seconds. The mouth is never smoothed: it stays with the "
        "voice",
        default=Speaking().smoothing,
        min=0.0,
        max=SPEAKING_LIMITS["smoothing"],
        soft_max=0.3,
        step=1,
        precision=2,
        subtype="TIME_ABSOLUTE",
        options=_HELD,
    )
    lip_closure: FloatProperty(
        name="Lip closure",
        description="How surely the lips meet on p, b and m, and the lower lip the teeth on f and v: "
        "0 leaves it to chance, 1 closes them where these sounds are heard, 2 also where they are only guessed",
        default=Speaking().lip_closure,
        min=0.0,
        max=SPEAKING_LIMITS["lip_closure"],
        subtype="FACTOR",
        options=_HELD,
    )

    def speaking(self) -> Speaking:
        return Speaking(**{name: round(getattr(self, name), 4) for name in Speaking.__struct_fields__})


class LifeSettings:
    """What moves beside speech and emotion."""

    blink: _weight("Blinks", "How often the eyes blink: 0 never, 1 as a person does, 2 twice as often")
    gaze: _weight(
        "Gaze",
        "How far the eyes wander, and the head with wide looks: 0 keeps the eyes on the viewer, 1 wanders as a "
        "person's",
    )
    breath: _weight(
        "Breath", "How far breathing and the body's slight sway move the head: 0 not at all, 1 as a person's"
    )
    head_motion: _weight(
        "Head motion",
        "How much the head moves as the actor's did when recorded: 0 not at all, 1 as recorded. Gaze and Breath move "
        "it too: for a head that is wholly still set all three to 0",
    )
    head_object: PointerProperty(
        type=bpy.types.Object,
        name="Head object",
        description="Its animation moves the head: as it turns (without rotation the head looks along -Y) and as far "
        "as it goes from where it is on the first frame of the shot. An empty will do",
        poll=lambda self, thing: not empties.is_ours(thing),
    )
    head_object_weight: _weight(
        "Object weight",
        "How much of the object's movement the head takes, added to Head motion: 0 nothing, 1 all of it",
    )
    idle_sampling: EnumProperty(
        name="Pauses",
        description="How the head rests in pauses of the voice",
        items=SAMPLING_ITEMS,
        default="random_length",
        options=_HELD,
    )

    def performance(self) -> Performance:
        sizes = (self.blink, self.gaze, self.head_motion, self.head_object_weight, self.breath)
        return Performance(*(round(size, 4) for size in sizes), idle_sampling=self.idle_sampling)
