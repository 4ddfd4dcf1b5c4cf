"""A landmark corpus from videos of one person who speaks: the same folder as `landmark_corpus.py` makes.

There are no phones in it, and no second, neutral performance: `neutral` and `emotional` are both what was tracked.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from emogene.audio.load import load_audio
from emogene.audio.voice_activity import Span, speech_spans
from emogene_proto.errors import CorpusError
from emogene_proto.names import EMOTIONS, MODEL_FPS, MOUTH, SAMPLE_RATE

from .clip_speech import LONGEST, SHORTEST
from .corpus_folder import begin_corpus, write_index
from .even_track import EvenTrack, cut_evenly, even_tracks, splits_of
from .head_alignment import EYE_DISTANCE_MM, align_head
from .landmark_corpus import CLIPS, ClipEntry, LandmarkIndex
from .mesh_landmarks import STABLE_ROWS
from .rest_face import RestFace, find_rest, rest_between
from .track_cleaning import find_faults, jumps, shaking
from .video_track import FaceTrack, track_face

_FRAME_SAMPLES = SAMPLE_RATE // MODEL_FPS
_IDENTITY_SIZE = 100
"""The form of the corpus has coefficients of the face model's identities; a tracked person has none of them."""
OPEN_AT_REST_MM = 3.0
"""Between the lips of a rest face that is hardly one."""
_LIDS = ((37, 41), (38, 40), (43, 47), (44, 46))


@dataclass(frozen=True)
class VideoSettings:
    """What is said of the person, and how the videos are cut."""

    speaker: str = "person"
    emotion: str = "neutral"
    shortest: float = SHORTEST
    longest: float = LONGEST
    """Seconds of a clip."""
    eye_distance_mm: float = EYE_DISTANCE_MM

    def check(self) -> None:
        """Raises CorpusError where the settings do not fit together."""
        if self.emotion not in EMOTIONS:
            raise CorpusError(f"There is no emotion '{self.emotion}'.", f"Choose one of {', '.join(EMOTIONS)}.")
        if not 1.0 <= self.shortest <= self.longest / 2:
            raise CorpusError(
                f"Clips of {self.shortest:g} to {self.longest:g} s cannot be cut from every stretch.",
                "The shortest is at least 1 s, the longest at least twice as long, e.g. 4-8.",
            )
        if not 50.0 <= self.eye_distance_mm <= 130.0:
            raise CorpusError(
                f"No eyes are {self.eye_distance_mm:g} mm apart.", "Adults' outer corners are 80 to 100 mm apart."
            )


@dataclass(frozen=True)
class VideoReport:
    """What became of one video."""

    name: str
    seconds: float
    used_seconds: float
    clips: int
    frames: int
    unused: dict[str, int]
    """Frames by the reason why they are not used."""
    jumps: int
    shaking_mm: float
    """Deviation of a mouth landmark's shaking, before it is calmed."""
    rest_source: str
    rest_gap_mm: float

    def lines(self) -> list[str]:
        """The report in sentences."""
        told = ", ".join(f"{count} {why}" for why, count in self.unused.items() if count) or "none"
        lines = [
            f"{self.name}: {self.clips} clips, {self.used_seconds:.1f} of {self.seconds:.1f} s.",
            f"  Frames not used, of {self.frames}: {told}. Cuts and jumps: {self.jumps}.",
            f"  Shaking of the mouth's points: {self.shaking_mm:.2f} mm before smoothing.",
            f"  Rest face: seen {self.rest_source}, lips {self.rest_gap_mm:.1f} mm apart.",
        ]
        if self.rest_gap_mm > OPEN_AT_REST_MM:
            lines.append("  The mouth is open in this rest face: name a moment with closed lips by --rest-seconds.")
        return lines


def make_video_corpus(
    videos: Sequence[Path],
    out: Path,
    settings: VideoSettings = VideoSettings(),  # noqa: B008 - frozen
    rest_seconds: Sequence[tuple[float, float]] = (),
    progress: Callable[[float, str], None] | None = None,
) -> tuple[LandmarkIndex, tuple[VideoReport, ...]]:
    """Write the clips of all videos and index.json (last) into `out`.

    Args:
        rest_seconds: for each video, a stretch in which the face rests; none at all finds it.
        progress: called with videos done, with fractions, and what is being done; what it raises ends the work.

    Raises:
        CorpusError: a video cannot be used, the settings do not fit, or the folder holds something else.
        AudioError: a sound cannot be read.
    """
    settings.check()
    if rest_seconds and len(rest_seconds) != len(videos):
        raise CorpusError("There are not as many rest stretches as videos.", "Give --rest-seconds once per video.")
    begin_corpus(out, LandmarkIndex)
    (out / CLIPS).mkdir(exist_ok=True)
    entries: list[ClipEntry] = []
    reports: list[VideoReport] = []
    for number, video in enumerate(videos):

        def tell(part: float, number: int = number, doing: str = f"Tracking {video.name}") -> None:
            if progress is not None:
                progress(number + part, doing)

        track = track_face(video, tell)
        rest = rest_seconds[number] if rest_seconds else None
        added, report = write_clips(out, video.name, track, load_audio(video), settings, len(entries), rest)
        entries += added
        reports.append(report)
    return finish_corpus(out, entries, reports, settings), tuple(reports)


def finish_corpus(
    out: Path, entries: Sequence[ClipEntry], reports: Sequence[VideoReport], settings: VideoSettings
) -> LandmarkIndex:
    """Share the clips out to train and val, and write the index.

    Raises:
        CorpusError: there are no clips.
    """
    if not entries:
        why = " ".join(line.strip() for report in reports for line in report.lines()[:2])
        raise CorpusError(
            f"No {settings.shortest:g} s with a steady face and sound were found. {why}",
            "Use a longer video, a better seen face, or shorter clips (--clip-seconds).",
        )
    shared = zip(entries, splits_of(len(entries)), strict=True)
    index = LandmarkIndex(MODEL_FPS, 0, (), tuple(msgspec.structs.replace(e, split=split) for e, split in shared))
    write_index(out, index)
    return index


def write_clips(
    out: Path,
    name: str,
    track: FaceTrack,
    audio: np.ndarray,
    settings: VideoSettings,
    first_number: int = 0,
    rest_seconds: tuple[float, float] | None = None,
) -> tuple[list[ClipEntry], VideoReport]:
    """Write the clips of one tracked video; their split is not given yet.

    Args:
        audio: (N,) float32 of the whole video at 16 kHz, its first sample at `track.sound_begins`.
        rest_seconds: of the container's clock.

    Raises:
        CorpusError: no face can be used, or none is seen in `rest_seconds`.
    """
    usable = _usable(track, track.sound_begins + len(audio) / SAMPLE_RATE, settings)
    rest = _rest(usable.stretches, audio, track.sound_begins, rest_seconds)
    entries: list[ClipEntry] = []
    for stretch in usable.stretches:
        for part in cut_evenly(len(stretch.numbers), settings.shortest, settings.longest):
            number = first_number + len(entries)
            sound = sound_of(audio, track.sound_begins, stretch.numbers[part])
            entries.append(_write(out, number, stretch, part, rest.landmarks, sound, settings, name))
    report = VideoReport(
        name=name,
        seconds=track.seconds,
        used_seconds=sum(entry.seconds for entry in entries),
        clips=len(entries),
        frames=len(track.found),
        unused=usable.unused,
        jumps=usable.jumps,
        shaking_mm=usable.shaking_mm,
        rest_source=rest.source,
        rest_gap_mm=rest.gap * 1000,
    )
    return entries, report


@dataclass(frozen=True)
class _Usable:
    """What of a track can be used; the rest as in VideoReport."""

    stretches: Sequence[EvenTrack]
    unused: dict[str, int]
    jumps: int
    shaking_mm: float


def _usable(track: FaceTrack, sound_ends: float, settings: VideoSettings) -> _Usable:
    """Cleaned stretches at an even rate, where there are face and sound."""
    found = track.found
    aligned = align_head(track.points[found], STABLE_ROWS, settings.eye_distance_mm)
    faults = find_faults(found, aligned)
    good = ~faults.any
    kept, times = aligned.rows(good[found]), track.times[good]
    breaks, noise = jumps(times, kept), shaking(kept.points[:, :68])
    stretches = even_tracks(times, kept, noise, breaks, track.sound_begins, sound_ends)
    return _Usable(stretches, faults.counts(), int(breaks.sum()), float(noise[list(MOUTH)].mean() * 1000))


def _rest(
    stretches: Sequence[EvenTrack], audio: np.ndarray, begins: float, seconds: tuple[float, float] | None
) -> RestFace:
    if seconds is not None:
        return rest_between(stretches, *seconds)
    return find_rest(stretches, [Span(s.start + begins, s.end + begins) for s in speech_spans(audio)])


def sound_of(audio: np.ndarray, begins: float, numbers: np.ndarray) -> np.ndarray:
    """(N * 640,) samples that belong to N consecutive frames at 25 fps; silence where the sound has ended.

    Args:
        audio: its first sample is heard at `begins`, seconds.
        numbers: frame k is at k / 25 s.
    """
    first = round(float(numbers[0]) * _FRAME_SAMPLES - begins * SAMPLE_RATE)
    length = len(numbers) * _FRAME_SAMPLES
    part = audio[max(first, 0) : max(first + length, 0)]
    before = max(-first, 0)
    return np.pad(part, (before, max(length - before - len(part), 0)))[:length].astype(np.float32)


def _write(
    out: Path,
    number: int,
    stretch: EvenTrack,
    part: slice,
    rest: np.ndarray,
    sound: np.ndarray,
    settings: VideoSettings,
    source: str,
) -> ClipEntry:
    landmarks = stretch.landmarks[part]
    frames = len(landmarks)
    weights = np.zeros((frames, len(EMOTIONS)), np.float32)
    weights[:, EMOTIONS.index(settings.emotion)] = 1.0
    name = f"{CLIPS}/{number:05d}.npz"
    path = out / name
    temporary = path.with_suffix(".tmp")
    with temporary.open("wb") as file:
        np.savez(
            file,
            audio=np.round(sound * 32767.0).astype(np.int16),
            phone_symbols=np.zeros(0, "U3"),
            phone_spans=np.zeros((0, 2)),
            identity=np.zeros(_IDENTITY_SIZE, np.float32),
            rest=rest,
            neutral=landmarks,
            emotional=landmarks,
            weights=weights,
            blink=lid_closure(landmarks, rest),
            gaze=np.zeros((frames, 2), np.float32),
            poses=stretch.poses[part],
        )
    temporary.replace(path)
    speaker = settings.speaker
    text = f"{source} from {stretch.numbers[part][0] / MODEL_FPS:.2f} s"
    return ClipEntry(name, 0, speaker, speaker, "train", (settings.emotion,), frames / MODEL_FPS, text)


def lid_closure(landmarks: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """(T,) float32, how far the lids are closed, 0 as at rest to 1, from (T, 68, 3) and (68, 3)."""
    upper, lower = (list(rows) for rows in zip(*_LIDS, strict=True))
    usual = float((rest[upper, 1] - rest[lower, 1]).mean())
    open_now = (landmarks[:, upper, 1] - landmarks[:, lower, 1]).mean(1)
    return np.clip(1.0 - open_now / max(usual, 1e-6), 0.0, 1.0).astype(np.float32)
