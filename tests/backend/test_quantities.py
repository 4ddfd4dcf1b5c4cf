"""Times and sizes as people write and read them."""

import pytest

from emogene.quantities import bytes_text, parse_bytes, parse_seconds, seconds_text


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("15min", 900), ("15 m", 900), ("12h", 43_200), ("30d", 2_592_000), ("1.5 w", 907_200)],
)
def test_times(text, seconds):
    assert parse_seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "30", "d", "-3d", "3x", "1e3s", "3d 4h"])
def test_what_is_no_time(text):
    with pytest.raises(ValueError, match="is no time"):
        parse_seconds(text)


@pytest.mark.parametrize(
    ("text", "size"),
    [("0", 0), ("5GB", 5 * 10**9), ("500 mb", 5 * 10**8), ("1.5T", 15 * 10**11), ("4GiB", 4 * 2**30), ("12B", 12)],
)
def test_sizes(text, size):
    assert parse_bytes(text) == size


@pytest.mark.parametrize("text", ["", "GB", "-1GB", "5 frames", "5 ib"])
def test_what_is_no_size(text):
    with pytest.raises(ValueError, match="is no size"):
        parse_bytes(text)


def test_sizes_are_written_short():
    sizes = [0, 999, 1000, 950_000, 999_700, 1_234_567, 123_456_789, 1_200_000_000, 3.4e12]
    assert [bytes_text(size) for size in sizes] == [
        *("0 B", "999 B", "1 kB", "950 kB", "1.0 MB", "1.2 MB", "123 MB", "1.2 GB", "3.4 TB")
    ]


def test_times_are_written_short():
    times = [0, 4.24, 9.96, 59.4, 59.6, 185, 3600, 7500, 90_000, 273_600]
    assert [seconds_text(seconds) for seconds in times] == [
        *("0.0 s", "4.2 s", "10 s", "59 s", "1 min", "3 min 5 s", "1 h", "2 h 5 min", "1 d 1 h", "3 d 4 h")
    ]
