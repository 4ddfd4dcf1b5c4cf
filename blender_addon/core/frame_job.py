# SPDX-License-Identifier: GPL-3.0-or-later
"""The frame at the playhead, on demand: it goes before everything that is queued at the backend."""

import time
from collections.abc import Callable

import msgspec

from ..emogene_proto.client import Client
from ..emogene_proto.messages import AnyEvent, FrameDone, RenderFrame, Uploaded
from ..emogene_proto.shot import CameraKey, Crop, Shot
from ..emogene_proto.wire import Buffer
from .backend_job import BackendJob
from .bringing import Bringing, KnownFiles
from .character_key import CharacterKey
from .happenings import Finished, FramePictured, Happening


class FrameJob(BackendJob):
    """Upload what is missing, then one picture."""

    def __init__(
        self,
        whose: CharacterKey,
        shot: Shot,
        frame: int,
        files: KnownFiles,
        clock: Callable[[], float] = time.monotonic,
    ):
        """
        Args:
            shot: its paths are those of this computer; the picture has its size and quality.
            frame: of the timeline.
        """
        self._bringing = Bringing(shot, files, with_background=True)
        super().__init__(whose, self._bringing.stage, clock)
        self.frame = frame

    def begin(self, client: Client) -> None:
        self._bring(client)

    def cancel(self, client: Client) -> None:
        super().cancel(client)
        if self.stage == self._bringing.stage:
            self._end()

    def finished(self) -> Finished:
        return Finished(self.whose, False, self.cancelled, self.problem)

    def _take(self, client: Client, event: AnyEvent, parts: list[Buffer]) -> list[Happening]:
        match event:
            case Uploaded() if self._bringing.uploaded(event.sha256):
                self._bring(client)
            case FrameDone():
                return [FramePictured(self.whose, self.frame, bytes(parts[0]))]
            case _:
                return super()._take(client, event, parts)
        return []

    def _begins_again(self, client: Client, code: str) -> bool:
        if not self._bringing.begins_again(code):
            return False
        self._backend_job = ""
        self._bring(client)
        return True

    def _bring(self, client: Client) -> None:
        request = self._bringing.next_request(client)
        if request:
            self._set_stage(self._bringing.stage)
            self._request = request
        else:
            self._set_stage("picturing")
            self._request = client.send(RenderFrame(shot=self._bringing.shot, frame=self.frame))


def picture_shot(shot: Shot, longer_side: int) -> Shot:
    """The shot as it is pictured on demand: PNG, a ray a pixel, the longer side no longer than given."""
    scale = min(1.0, longer_side / max(shot.frame_size))
    return msgspec.structs.replace(
        shot,
        width=_scaled(shot.width, scale),
        height=_scaled(shot.height, scale),
        camera=None if shot.camera is None else _scaled_camera(shot.camera, scale),
        camera_track=tuple(_scaled_camera(key, scale) for key in shot.camera_track),
        quality="preview",
        output="png",
    )


def _scaled_camera(key: CameraKey, scale: float) -> CameraKey:
    if key.crop is None:
        return key
    crop = key.crop
    sides = (round(crop.left * scale), round(crop.top * scale), _scaled(crop.width, scale), _scaled(crop.height, scale))
    return msgspec.structs.replace(key, crop=Crop(*sides))


def _scaled(side: int, scale: float) -> int:
    return max(round(side * scale), 16)
