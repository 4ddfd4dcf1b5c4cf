"""When each phone of a recording with known words sounds, by forced alignment with PocketSphinx's English model.

PocketSphinx brings an acoustic model made from real speech and a dictionary of 130,000 words; words that it lacks are
given as phones. It is needed to prepare recordings and to evaluate, never to plan or render.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np

from emogene.corpus.phones import PHONES, SILENCE, PhoneSpan
from emogene_proto.errors import CorpusError
from emogene_proto.names import SAMPLE_RATE

if TYPE_CHECKING:
    from pocketsphinx import Decoder

_FRAME_SECONDS = 0.01
# Wide enough for accents and long pauses.
_BEAMS = {"beam": 1e-80, "wbeam": 1e-60, "pbeam": 1e-80}
_PHONE_WORD = "phone-"


def require_aligner() -> None:
    """Raises CorpusError where PocketSphinx is not installed."""
    _decoder()


def aligner_version() -> str:
    """What besides sound and words decides an alignment.

    Raises:
        CorpusError: PocketSphinx is not installed.
    """
    require_aligner()
    return f"{version('pocketsphinx')} {sorted(_BEAMS.items())}"


def align(
    audio: np.ndarray, words: list[str], pronunciations: Mapping[str, str] | None = None
) -> tuple[PhoneSpan, ...] | None:
    """Phones and their times of (N,) float32 audio at 16 kHz in which `words` are spoken, in this order.

    Args:
        words: in lower case, as in the dictionary.
        pronunciations: ARPAbet phones, parted by spaces, of words that the dictionary lacks.

    Returns:
        Spans from the first to the last word, with "sil" where nobody speaks; None if the sound does not follow the
        words.

    Raises:
        CorpusError: PocketSphinx is not installed, or a word is in neither dictionary.
    """
    pcm = np.round(np.clip(audio, -1.0, 1.0) * 32767.0).astype("<i2").tobytes()
    decoder = _decoder()
    _teach(decoder, words, pronunciations or {})
    spoken = _spoken_words(decoder, pcm, words)
    if spoken is None:
        return None
    try:
        decoder.set_alignment()
        _decode(decoder, pcm)
        return tuple(
            _span(phone.name, phone.start, phone.duration) for word in decoder.get_alignment() for phone in word
        )
    except RuntimeError:
        # The phone aligner holds each word to the times found first, and gives up where that leaves no way.
        return _phone_by_phone(decoder, pcm, spoken)


def _spoken_words(decoder: "Decoder", pcm: bytes, words: Iterable[str]) -> list[str] | None:
    """The words as they were found, in the dictionary's spelling of the pronunciation that fits best."""
    decoder.set_align_text(" ".join(words))
    try:
        _decode(decoder, pcm)
    except RuntimeError:
        return None
    if decoder.hyp() is None:
        return None
    return [segment.word for segment in decoder.seg() if segment.word[0] not in "<["]


def _phone_by_phone(decoder: "Decoder", pcm: bytes, words: list[str]) -> tuple[PhoneSpan, ...] | None:
    """The alignment with every phone as a word of its own: less context, but it finds a way where there is one."""
    phones = [phone for word in words for phone in decoder.lookup_word(word).split()]
    if _spoken_words(decoder, pcm, [_PHONE_WORD + phone.lower() for phone in phones]) is None:
        return None
    return tuple(
        _span(segment.word.removeprefix(_PHONE_WORD), segment.start_frame, segment.end_frame + 1 - segment.start_frame)
        for segment in decoder.seg()
    )


def _span(name: str, first: int, count: int) -> PhoneSpan:
    symbol = name.lower()
    if symbol not in PHONES:
        symbol = SILENCE
    return PhoneSpan(symbol, first * _FRAME_SECONDS, (first + count) * _FRAME_SECONDS)


@cache
def _decoder() -> "Decoder":
    try:
        from pocketsphinx import Decoder
    except ImportError as error:
        raise CorpusError(
            "Recordings are aligned by PocketSphinx, which is not installed.",
            "In EmoGene's folder: .venv/bin/pip install -c constraints.txt -e '.[corpus]'",
        ) from error
    decoder = Decoder(samprate=float(SAMPLE_RATE), loglevel="FATAL", **_BEAMS)
    for phone in PHONES:
        if phone != SILENCE:
            decoder.add_word(_PHONE_WORD + phone, phone.upper(), phone == PHONES[-2])
    return decoder


def _teach(decoder: "Decoder", words: list[str], pronunciations: Mapping[str, str]) -> None:
    for word in words:
        if decoder.lookup_word(word) is not None:
            continue
        phones = pronunciations.get(word)
        if phones is None:
            raise CorpusError(f"The dictionary does not know how '{word}' is spoken.", "Give its phones.")
        decoder.add_word(word, re.sub(r"\d", "", phones).upper(), True)


def _decode(decoder: "Decoder", pcm: bytes) -> None:
    decoder.start_utt()
    decoder.process_raw(pcm, full_utt=True)
    decoder.end_utt()
