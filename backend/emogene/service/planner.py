"""Plans shots, and does again only what a change of the shot asks for.

Who moves an emotion key or a landmark waits for the emotions alone: the recordings are not heard again, nor head, eyes
and lids drawn.
"""

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np

from emogene import pipeline, shot_keys
from emogene.actors.pack import Actor
from emogene.audio.voice import Voice
from emogene.pipeline import Delivery
from emogene.service.array_folder import StoreError
from emogene.service.newest import Newest
from emogene.service.plans import StoredPlan
from emogene.service.speeches import HeardSpeech, SpeechStore
from emogene_proto.errors import Cancelled
from emogene_proto.shot import Shot
from emogene_proto.shot_check import check

log = logging.getLogger("emogene.worker")

KEPT_SPEECH_BYTES = 128 * 2**20
"""Of what was heard, in memory: an hour and a half, in one shot or in many."""
KEPT_DELIVERY_BYTES = 256 * 2**20
"""Of shots without their emotions, in memory: an hour at 60 frames a second."""


class Planner:
    """Keeps what was heard in memory and on disk, and shots without their emotions in memory."""

    def __init__(self, folder: Path, version: str):
        """`folder` keeps speeches; `version` names the code and the libraries that plan."""
        self._version = version
        self._stored = SpeechStore(folder)
        self._speeches: Newest[HeardSpeech] = Newest(KEPT_SPEECH_BYTES)
        self._deliveries: Newest[tuple[Delivery, str]] = Newest(KEPT_DELIVERY_BYTES)

    def release(self) -> None:
        """Let go of what is kept in memory."""
        self._speeches.clear()
        self._deliveries.clear()

    def plan_key(self, shot: Shot, actor: Actor) -> str:
        """The key of the plan that `plan` makes."""
        return shot_keys.plan_key(shot, self._planner(actor))

    def plan(
        self,
        shot: Shot,
        actor: Actor,
        open_sound: Callable[[], Voice],
        progress: pipeline.Progress,
        cancelled: pipeline.IsCancelled,
    ) -> StoredPlan:
        """The same plan as `pipeline.plan` makes, and what there is to tell of the recording.

        Args:
            open_sound: called only where the recordings have to be heard.

        Raises:
            EmoGeneError: see `pipeline.plan`.
        """
        check(shot)
        key = shot_keys.delivery_key(shot, self._planner(actor))
        kept = self._deliveries.get(key)
        if kept is None:
            heard = self._heard(shot, actor, open_sound, progress, cancelled)
            if cancelled():
                raise Cancelled()
            progress(pipeline.HEARD, "Performing")
            kept = (pipeline.deliver(shot, heard.speech, actor), heard.note)
            self._deliveries.put(key, kept, _nbytes(kept[0]))
        progress(pipeline.HEARD, "Adding emotion")
        delivery, note = kept
        return StoredPlan(pipeline.edit(shot, pipeline.feel(shot, delivery, actor)), note)

    def _heard(
        self,
        shot: Shot,
        actor: Actor,
        open_sound: Callable[[], Voice],
        progress: pipeline.Progress,
        cancelled: pipeline.IsCancelled,
    ) -> HeardSpeech:
        key = shot_keys.speech_key(shot, f"{self._version} {actor.hearing_fingerprint}")
        heard = self._speeches.get(key) or self._stored.read(key)
        if heard is None:
            audio = open_sound()
            speech = pipeline.listen(shot, audio, actor, progress, cancelled)
            heard = HeardSpeech(speech, audio.note)
            self._keep(key, heard)
        self._speeches.put(key, heard, heard.nbytes)
        return heard

    def _keep(self, key: str, heard: HeardSpeech) -> None:
        """For the next start of the backend; it can be heard again, so a full disk costs time only."""
        try:
            self._stored.write(key, heard)
        except StoreError as error:
            log.warning("what was heard is not kept: %s", error)

    def _planner(self, actor: Actor) -> str:
        return f"{self._version} {actor.fingerprint}"


def _nbytes(delivery: object) -> int:
    """Of all arrays in a value made of values."""
    return sum(part.nbytes if isinstance(part, np.ndarray) else _nbytes(part) for part in vars(delivery).values())
