"""Backend and workers killed at random moments of renders: no frame may be lost, doubled, damaged or another one."""

import random
import tempfile
from collections.abc import Callable
from pathlib import Path

from emogene.evaluation.suite import Values

from .bench import answers, backend_in_a_folder, rendered, shot_of, upload, voice_file

from random_kills import Victim  # isort: skip  # bench.py says where it lies

SECONDS, FRAMES, SIDE = 8.0, 192, 96


def measure(kills: int, tell: Callable[[str], None], seed: int = 0) -> Values:
    """`kills`, how many of them came while frames came, and `frames_wrong`."""
    chance = random.Random(seed)
    tell(f"{kills} kills of seed {seed}")
    with tempfile.TemporaryDirectory(prefix="emogene-bench-") as folder:
        voice = voice_file(Path(folder), SECONDS)
        done = wrong = amid = number = 0
        while done < kills:
            with backend_in_a_folder(workers=2) as calm:
                client = calm.connect()
                shots = [shot_of(upload(client, voice), SIDE, number + i) for i in range(4)]
                tell(f"rendering {len(shots)} shots undisturbed")
                truths = [rendered(client, shot, 1, FRAMES) for shot in shots]
            with backend_in_a_folder(workers=2) as backend:
                answers(client := backend.connect(), client.upload(voice))
                client.close()
                for shot, truth in zip(shots, truths, strict=True):
                    victim = Victim(backend, chance)
                    victim.render(shot, truth, kills - done)
                    done, wrong, amid = done + victim.kills, wrong + victim.wrong, amid + victim.amid
                    tell(f"{done} of {kills} kills, {amid} while frames came, {wrong} frames wrong")
            number += len(shots)
    return {"kills": float(done), "kills_amid_frames": float(amid), "frames_wrong": float(wrong)}
