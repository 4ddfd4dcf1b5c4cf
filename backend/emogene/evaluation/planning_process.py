"""A process of its own that plans a recording and tells how long that took and how much memory it had at most.

    python -m emogene.evaluation.planning_process ACTOR RECORDING REPEATS

Of its own, since memory that a process once had counts for as long as it lives.
"""

import json
import os
import sys
import time
from pathlib import Path

import torch

from emogene import pipeline
from emogene.actors.pack import load_actor
from emogene.audio.load import open_audio
from emogene_proto.shot import AudioRef, Shot

CORES = 2


def main() -> None:
    """Plan as often as asked, and print one line of JSON."""
    actor_path, recording, repeats = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    take_cores()
    actor = load_actor(actor_path)
    shot = Shot(audio=AudioRef())
    # Models are read when first used: that belongs to no plan's time.
    pipeline.plan(shot, open_audio(recording, 0.0, 2.0), actor)
    seconds, processor_seconds = [], []
    for _ in range(repeats):
        start, processor_start = time.perf_counter(), time.process_time()
        pipeline.plan(shot, open_audio(recording), actor)
        seconds.append(time.perf_counter() - start)
        processor_seconds.append(time.process_time() - processor_start)
    told = {"seconds": seconds, "processor_seconds": processor_seconds, "peak_bytes": peak_bytes()}
    print(json.dumps(told))


def take_cores() -> None:
    """Use two cores and no more, where the system lets a process choose."""
    torch.set_num_threads(CORES)
    if sys.platform == "linux":
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])


def peak_bytes() -> int | None:
    """The most memory that was resident in this process; None where the system does not tell (Windows)."""
    if sys.platform == "linux":
        # Not getrusage: there a child begins with the peak of the process that started it.
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        return None
    if sys.platform == "win32":
        return None
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS


if __name__ == "__main__":
    main()
