"""The table of jobs, and the view of a backend's state."""

import time

from rich.console import Console

from emogene.cli_jobs_table import jobs_table, status_view
from emogene_proto.messages import JobInfo, Status, Welcome, WorkerInfo

NOW = time.mktime((2026, 3, 14, 15, 9, 26, 0, 0, -1))


def job(name: str = "0123456789ab", **changes) -> JobInfo:
    given = {
        "kind": "render",
        "state": "done",
        "done": 48,
        "total": 48,
        "reused": 0,
        "first": 1,
        "last": 48,
        "actor": "bundled",
        "shot_sha256": "0" * 64,
        "created": NOW - 100,
        "started": NOW - 90,
        "ended": NOW - 25,
        "bytes": 1_234_567,
        **changes,
    }
    return JobInfo(job=name, **given)


def shown(*jobs: JobInfo, width: int = 200) -> list[str]:
    console = Console(width=width)
    with console.capture() as capture:
        console.print(jobs_table(jobs, width, NOW))
    return [line.rstrip() for line in capture.get().splitlines()]


def test_a_row_says_all_of_a_job():
    head, row = shown(
        job(client="Blender 5.0.1", reused=40, failed=1, priority="preview", state="failed", failure="Why.")
    )
    assert head.split() == [
        *(
            "job",
            "kind",
            "state",
            "frames",
            "reused",
            "failed",
            "priority",
            "client",
            "actor",
            "created",
            "took",
            "size",
        ),
        "why",
    ]
    assert row.split() == [
        *("0123456789ab", "render", "failed", "48/48", "40", "1", "preview", "Blender", "5.0.1", "bundled", "15:07:46"),
        *("1", "min", "5", "s", "1.2", "MB", "Why."),
    ]


def test_columns_without_an_entry_are_left_out():
    head, row = shown(job(kind="plan", done=0, total=0, bytes=0))
    assert "reused" not in head and "why" not in head and "size" not in head and "client" not in head
    assert "0/0" not in row


def test_a_job_that_runs_took_what_it_has_taken_so_far_and_one_that_waits_nothing():
    _, running, waiting = shown(job(state="rendering", ended=0.0), job(state="submitted", started=0.0, ended=0.0))
    assert "1 min 30 s" in running
    assert " s " not in waiting


def test_a_narrow_terminal_gets_what_matters_in_one_line_each():
    jobs = [
        job(f"{n:012x}", client="Blender 5.0.1", reused=40, failed=3, state="failed", failure="The renderer died. " * 9)
        for n in range(3)
    ]
    lines = shown(*jobs, width=80)
    assert len(lines) == 4 and max(map(len, lines)) <= 80
    assert [line.split()[0] for line in lines[1:]] == [each.job for each in jobs], "names are never cut"
    assert all("48/48" in line and "failed" in line for line in lines[1:])


def test_the_date_stands_where_it_is_not_today():
    _, week, year = shown(job(created=NOW - 7 * 86_400), job(created=NOW - 400 * 86_400))
    assert "03-07 1" in week and "2025-02-0" in year


def test_names_of_clients_do_nothing_to_the_terminal():
    _, row = shown(job(client="\x1b[2J[red]evil\n"))
    assert "[2J[red]evil" in row and "\x1b" not in row


def test_ten_thousand_jobs_are_listed_soon():
    jobs = [job(f"{n:012x}") for n in range(10_000)]
    began = time.process_time()
    jobs_table(jobs, 200, NOW)
    assert time.process_time() - began < 10


def test_the_state_of_a_backend():
    workers = (
        WorkerInfo(pid=71, doing="rendering", memory_bytes=2 * 10**9, restarts=1),
        WorkerInfo(0, "starting", 0, 0),
    )
    status = Status(
        id=1,
        frames_per_second=12.34,
        frames_waiting=120,
        jobs_waiting=1,
        clients=2,
        memory_bytes=3_100_000_000,
        frame_bytes=1_200_000_000,
        frame_quota_bytes=20_000_000_000,
        uptime_seconds=11_100,
        workers=workers,
    )
    welcome = Welcome(id=1, protocol=5, version="0.1.0", ready=False, device="CPU, 2 cores", problem="No renderer.")
    console = Console(width=120)
    with console.capture() as capture:
        console.print(status_view(status, welcome, "tcp://127.0.0.1:5555"))
    text = " ".join(capture.get().split())
    assert "EmoGene 0.1.0 at tcp://127.0.0.1:5555, for 3 h 5 min" in text
    for told in (
        "CPU, 2 cores",
        "12.3 frames/s",
        "120 frames in 1 job",
        "clients 2",
        "3.1 GB",
        "1.2 GB of at most 20.0 GB",
    ):
        assert told in text, told
    assert "71 rendering 2.0 GB 1" in text and "- starting 0" in text and "No renderer." in text
