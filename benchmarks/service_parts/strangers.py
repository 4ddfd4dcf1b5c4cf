"""Every type of request from those without a key or with a wrong one: nothing may come back."""

from collections.abc import Callable

from emogene.evaluation.suite import Values
from emogene_proto.messages import PROTOCOL_VERSION, Hello, ListJobs

from .bench import ask, backend_in_a_folder, shot_of

from fuzzing.messages import requests  # isort: skip  # bench.py says where it lies
from fuzzing.strangers import seconds_until_answered, unauthorised_answers  # isort: skip


def measure(tell: Callable[[str], None]) -> Values:
    """`unauthorised_answers`: messages that came back, over all request types and ways to come in.

    Raises:
        AssertionError: the same messages are not answered to who has the key, so that the figure would say nothing.
    """
    everything = (*requests(shot_of("0" * 64, 64), "0" * 12), Hello(id=99, protocol=PROTOCOL_VERSION - 1))
    with backend_in_a_folder() as backend:
        seconds = seconds_until_answered(backend.connection, everything)
        tell(f"with the key all {len(everything)} messages are answered within {seconds:.0f} s")
        answered = unauthorised_answers(backend.connection, everything, seconds)
        tell(", ".join(f"{way}: {count}" for way, count in answered.items()))
        ask(backend.connect(), ListJobs())  # it still serves who has a key
        return {"unauthorised_answers": float(sum(answered.values()))}
