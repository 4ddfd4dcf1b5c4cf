"""A program: speak a text with espeak-ng and say when each phoneme begins.

The espeak-ng program prints no times for its own voices, its library does. This file is run as a program of its own
(`python espeak_events.py PROGRAM VOICE SPEED PITCH < text`, where PROGRAM is espeak-ng's own path), one process an
utterance, so that the sound depends on nothing spoken before. It uses the standard library only and writes one line of
JSON, then the samples (int16, little endian).
"""

import ctypes
import ctypes.util
import json
import sys
from collections.abc import Iterator
from pathlib import Path

SYNCHRONOUS = 2
PHONEME_EVENTS = 1
LIST_END = 0
PHONEME = 7
UTF8 = 1
RATE, PITCH = 1, 3
LIBRARY_MISSING = 3
VOICE_MISSING = 4


class EventId(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", EventId),
    )


CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(Event))


def library_names(program: Path) -> Iterator[str]:
    """What espeak-ng's library may be called on Linux, macOS and Windows, where it is beside the program."""
    yield from ("libespeak-ng.so.1", "libespeak-ng.dylib", "libespeak-ng.dll")
    for folder in (program.parent, program.resolve().parent):
        yield str(folder / "libespeak-ng.dll")
        yield str(folder.parent / "lib" / "libespeak-ng.dylib")
    found = ctypes.util.find_library("espeak-ng")
    if found is not None:
        yield found


def load_library(program: Path) -> ctypes.CDLL | None:
    """The library of the espeak-ng program at this path."""
    for name in library_names(program):
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue
    return None


def main(program: Path, voice: str, speed: int, pitch: int) -> int:
    library = load_library(program)
    if library is None:
        return LIBRARY_MISSING
    sample_rate = library.espeak_Initialize(SYNCHRONOUS, 0, None, PHONEME_EVENTS)
    samples = bytearray()
    phonemes: list[tuple[int, str]] = []

    @CALLBACK
    def receive(wave, count, events):
        if wave and count > 0:
            samples.extend(ctypes.string_at(wave, count * 2))
        i = 0
        while events[i].type != LIST_END:
            if events[i].type == PHONEME:
                phonemes.append((events[i].sample, bytes(events[i].id.string).decode("utf-8", "replace")))
            i += 1
        return 0

    library.espeak_SetSynthCallback(receive)
    if sample_rate <= 0 or library.espeak_SetVoiceByName(voice.encode()) != 0:
        return VOICE_MISSING
    library.espeak_SetParameter(RATE, speed, 0)
    library.espeak_SetParameter(PITCH, pitch, 0)
    text = sys.stdin.buffer.read() + b"\0"
    library.espeak_Synth(text, ctypes.c_size_t(len(text)), 0, 0, 0, UTF8, None, None)
    library.espeak_Synchronize()
    header = {"sample_rate": sample_rate, "samples": len(samples) // 2, "phonemes": phonemes}
    sys.stdout.buffer.write(json.dumps(header).encode() + b"\n" + bytes(samples))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
