"""`emogene jobs`: what the running backend has to do and has done."""

import time
from collections.abc import Callable
from typing import Annotated

import msgspec
import typer
from rich.live import Live

from emogene.cli_backend import BackendOptions, Conversation, connected, takes_backend
from emogene.cli_jobs_table import console, jobs_table, status_view
from emogene.cli_jobs_watch import follow, view_on
from emogene.quantities import bytes_text, parse_bytes, parse_seconds
from emogene_proto.errors import EmoGeneError
from emogene_proto.messages import (
    ENDED,
    Cancel,
    Cleaned,
    CleanJobs,
    GetStatus,
    JobInfo,
    Jobs,
    JobStatus,
    ListJobs,
    RetryJob,
    Status,
)

ALL = 10_000_000
"""More jobs than there are."""
STATUS_SECONDS = 1.0
_ID_LENGTH = 12

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Name = Annotated[str, typer.Argument(metavar="JOB", help="A job's name, or its beginning.", show_default=False)]


@app.command("list")
@takes_backend
def list_jobs(
    backend: BackendOptions,
    active: Annotated[bool, typer.Option("--active", help="Only those that have not ended.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=ALL, help="So many of the newest.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List jobs, newest first."""
    with connected(backend) as conversation:
        jobs = _jobs(conversation, ListJobs(active=active, limit=limit))
    if as_json:
        _print_json([msgspec.structs.asdict(job) for job in jobs])
        return
    if not jobs:
        typer.echo("No job is active." if active else "There are no jobs.", err=True)
        return
    out = console()
    out.print(jobs_table(jobs, out.width))
    if len(jobs) == limit:
        typer.echo(f"These are the newest {limit}; --limit shows more.", err=True)


@app.command()
@takes_backend
def watch(
    backend: BackendOptions,
    job: Annotated[str | None, typer.Argument(metavar="[JOB]", help="Only this one; or its beginning.")] = None,
) -> None:
    """Show the progress of one job, or of all active ones, until they end. Ctrl-C stops watching; jobs go on.

    Ends with the job's exit code: 0 done, 2 bad input, 3 failed, 130 cancelled; of several jobs the worst."""
    with connected(backend) as conversation:
        jobs = [find_job(conversation, job)] if job else _active(conversation)
        if not jobs:
            typer.echo("No job is active.", err=True)
            return
        try:
            with view_on(console()) as view:
                ended = follow(conversation, jobs, view, newcomers=job is None)
        except KeyboardInterrupt:
            typer.echo("Watching ends; jobs go on. `emogene jobs watch` shows them again.", err=True)
            raise
    errors = [(each.info.job, error) for each in ended if (error := each.error()) is not None]
    if job and errors:
        raise errors[0][1]
    for name, error in errors:
        typer.echo(f"{name}: {error}", err=True)
    if errors:
        raise typer.Exit(_worst([error for _, error in errors]))


@app.command()
@takes_backend
def cancel(
    backend: BackendOptions,
    jobs: Annotated[list[str], typer.Argument(metavar="JOB...", help="Names, or their beginnings.")],
) -> None:
    """Stop jobs; finished frames stay."""

    def stop(conversation: Conversation, job: JobInfo) -> str:
        if job.state in ENDED:
            return f"{job.job} had ended already: {job.state}."
        conversation.ask(Cancel(job=job.job))
        return f"{job.job} is cancelled."

    _for_each(backend, jobs, stop)


@app.command()
@takes_backend
def retry(
    backend: BackendOptions,
    jobs: Annotated[list[str], typer.Argument(metavar="JOB...", help="Names, or their beginnings.")],
) -> None:
    """Do failed or cancelled jobs again: finished frames stay, those that failed are rendered anew."""

    def again(conversation: Conversation, job: JobInfo) -> str:
        conversation.ask(RetryJob(job=job.job))
        return f"{job.job} is queued again; `emogene jobs watch {job.job[:6]}` shows it."

    _for_each(backend, jobs, again)


def _number(parse: Callable[[str], float]) -> Callable[[str], float]:
    """A parser whose complaint is shown with the option's name."""

    def parsed(text: str) -> float:
        try:
            return parse(text)
        except ValueError as error:
            raise typer.BadParameter(f"{error}.") from error

    return parsed


@app.command()
@takes_backend
def clean(
    backend: BackendOptions,
    older: Annotated[
        float | None,
        typer.Option(
            parser=_number(parse_seconds), metavar="TIME", help="Forget jobs that ended so long ago: 30d, 12h."
        ),
    ] = None,
    keep: Annotated[int | None, typer.Option(min=0, max=ALL, help="Keep so many of the newest in any case.")] = None,
    frames: Annotated[
        float | None,
        typer.Option(
            parser=_number(parse_bytes), metavar="SIZE", help="Shrink the store of frames to this: 5GB, 500MB."
        ),
    ] = None,
) -> None:
    """Forget jobs that ended, and free what only they needed. Frames that you have rendered into folders stay."""
    if older is None and keep is None and frames is None:
        raise typer.BadParameter("say what is to go: --older, --keep or --frames.")
    # Whoever only asks for room wants to keep the history.
    kept = keep if keep is not None else 0 if older is not None else ALL
    request = CleanJobs(older_than_seconds=older or 0.0, keep=kept, frame_bytes=None if frames is None else int(frames))
    with connected(backend) as conversation:
        answer = conversation.ask(request)
    assert isinstance(answer, Cleaned)
    freed = f"; up to {bytes_text(answer.bytes)} of frames that no job needs go now" if answer.bytes else ""
    typer.echo(f"{answer.jobs} job{'s' * (answer.jobs != 1)} forgotten{freed}.")


@app.command()
@takes_backend
def status(
    backend: BackendOptions,
    watching: Annotated[bool, typer.Option("--watch", help="Show it anew every second, until Ctrl-C.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say how busy the backend is: frames a second, queue, workers, memory, the store of frames."""
    with connected(backend) as conversation:
        if as_json:
            _print_json(msgspec.to_builtins(_status(conversation)), lines=watching)
            while watching:
                time.sleep(STATUS_SECONDS)
                _print_json(msgspec.to_builtins(_status(conversation)), lines=True)
            return
        out = console()
        if not (watching and out.is_terminal):
            out.print(_view(conversation))
            while watching:
                time.sleep(STATUS_SECONDS)
                out.print("", _view(conversation), sep="\n")
            return
        with Live(_view(conversation), console=out, auto_refresh=False) as live:
            while True:
                time.sleep(STATUS_SECONDS)
                live.update(_view(conversation), refresh=True)


def find_job(conversation: Conversation, name: str) -> JobInfo:
    """The job whose name begins so.

    Raises:
        EmoGeneError: there is none, or several; code "unknown_job".
    """
    begin = name.strip().lower()
    if not begin or set(begin) - set("0123456789abcdef") or len(begin) > _ID_LENGTH:
        raise EmoGeneError(
            f"'{name}' is no job's name.",
            "A name has 12 of 0-9 and a-f; `emogene jobs list` shows them.",
            "unknown_job",
        )
    if len(begin) == _ID_LENGTH:
        return _jobs(conversation, JobStatus(job=begin))[0]
    found = [job for job in _jobs(conversation, ListJobs(limit=ALL)) if job.job.startswith(begin)]
    if not found:
        raise EmoGeneError(f"No job begins with {begin}.", "`emogene jobs list` shows them.", "unknown_job")
    if len(found) > 1:
        names = ", ".join(job.job for job in found[:5]) + (" ..." if len(found) > 5 else "")
        raise EmoGeneError(f"{len(found)} jobs begin with {begin}: {names}.", "Give more of the name.", "unknown_job")
    return found[0]


def _for_each(backend: BackendOptions, names: list[str], do: Callable[[Conversation, JobInfo], str]) -> None:
    """All names are looked up before anything is done."""
    with connected(backend) as conversation:
        for job in [find_job(conversation, name) for name in names]:
            typer.echo(do(conversation, job))


def _active(conversation: Conversation) -> list[JobInfo]:
    """Streams are somebody's playback, and have no end to wait for."""
    return [job for job in _jobs(conversation, ListJobs(active=True)) if job.kind != "stream"]


def _jobs(conversation: Conversation, request: ListJobs | JobStatus) -> tuple[JobInfo, ...]:
    answer = conversation.ask(request)
    assert isinstance(answer, Jobs)
    return answer.jobs


def _status(conversation: Conversation) -> Status:
    answer = conversation.ask(GetStatus())
    assert isinstance(answer, Status)
    return answer


def _view(conversation: Conversation):
    return status_view(_status(conversation), conversation.welcome, conversation.address)


def _print_json(value: object, lines: bool = False) -> None:
    encoded = msgspec.json.encode(value)
    typer.echo((encoded if lines else msgspec.json.format(encoded)).decode())


def _worst(errors: list[EmoGeneError]) -> int:
    """Failed counts more than bad input, and that more than cancelled."""
    from emogene.cli import BAD_INPUT, FAILED, INTERRUPTED, exit_code

    codes = {exit_code(error) for error in errors}
    return next(code for code in (FAILED, BAD_INPUT, INTERRUPTED) if code in codes)
