"""Kill -9 at random moments: the bytes of a render are those of an undisturbed one."""

import os
import random
import sys

import pytest
from random_kills import Victim
from running_backend import RunningBackend, ask, small_shot, upload, write_voice

from emogene_proto.messages import FrameDone, RenderRange

KILLS, FRAMES = 6, 60
SEED = int(os.environ.get("EMOGENE_KILLS_SEED", "5"))


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_no_frame_is_lost_doubled_or_damaged_whoever_is_killed(tmp_path, tiny_actor, backend):
    voice = write_voice(tmp_path / "voice.wav", FRAMES / 24)
    shot = small_shot(voice, seed=77)
    calm = backend.connect()
    upload(calm, voice)
    received = ask(calm, RenderRange(shot=shot, first=1, last=FRAMES, credit=1000))
    truth = {event.frame: bytes(parts[0]) for event, parts in received if isinstance(event, FrameDone)}
    calm.close()
    assert len(truth) == FRAMES
    with RunningBackend(tmp_path / "killed", tiny_actor.parent, workers=2) as doomed:
        client = doomed.connect()
        upload(client, voice)
        client.close()
        victim = Victim(doomed, random.Random(SEED))
        victim.render(shot, truth, KILLS)
        assert victim.wrong == 0 and victim.kills > 0 and victim.amid > 0, f"seed {SEED}"
