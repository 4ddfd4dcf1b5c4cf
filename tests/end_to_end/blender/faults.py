"""One part of the extension meets a fault of its own: it is told, and all others get what is theirs."""

import artist

artist.install()
timer, slices = artist.module("session"), artist.module("slices")
happenings, key = artist.module("core.happenings"), artist.module("core.character_key").CharacterKey(1, 1)
came = [happenings.Finished(key, False, True, None), happenings.Finished(key, True, True, None)]
got, followed, sliced = [], [], []


def faulty(*_) -> bool:
    raise RuntimeError("no such thing")


def work(faulty_too: bool = False):
    yield
    sliced.append("first")
    if faulty_too:
        faulty()
    yield
    sliced.append("last")


# Listeners and followers after the faulty one hear everything; the first fault is the one that is told.
timer.listen(faulty)
timer.listen(got.append)
timer.follow(faulty)
timer.follow(lambda: followed.append(True) or True)
artist.session().pump = lambda budget_seconds: came
assert timer.pump() is True, "the other follower wants another turn"
assert got == came and followed
assert "fault" in artist.session().problem.message and "no such thing" in artist.session().problem.message
timer.unlisten(faulty)
timer.unlisten(got.append)
timer.unfollow(faulty)
del artist.session().pump

# Of work in slices only the faulty one ends.
artist.session().problem = None
slices.at_once = False
slices.begin("faulty", work(faulty_too=True))
slices.begin("good", work())
for _ in range(10):
    artist.tick()
assert sliced == ["first", "first", "last"] and not slices.is_at("good")
assert "no such thing" in artist.session().problem.message

# Markers that cannot be looked at stop no render.
artist.session().problem = None
timer._adopt_names = faulty
del followed[:]
assert timer._tick() < 0.1 and followed, "everything else had its turn"
assert "no such thing" in artist.session().problem.message
artist.end()
