"""Films through the pipeline: what comes out is in time, in its colours, with all its tracks."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from restoration_studio.cli.wording import worded
from restoration_studio.engine.record import record_path
from restoration_studio.errors import InputError, UsageError
from restoration_studio.video import errors


def test_timestamps_of_a_variable_rate_stay(tmp_path: Path, make_clip: Any, restore: Any, read_back: Any) -> None:
    times = [0, 512, 700, 1900, 1901, 2600, 4000, 9000, 9100, 12000, 12345, 20000]
    source = make_clip("vfr.mp4", times=times)
    stats = restore(source, tmp_path / "out.mp4")
    before, after = read_back(source), read_back(tmp_path / "out.mp4")
    assert after.times == before.times == [Fraction(time, 12800) for time in times]
    assert after.time_base == before.time_base
    assert stats["film"]["check"]["timestamp_error"] == 0


def test_the_length_of_a_variable_rate_stays(tmp_path: Path, make_clip: Any, restore: Any) -> None:
    """Where frames are moved about, what a decoder says of the last one's length is the length of another."""
    import av

    draw = np.random.default_rng(0)
    times = [0, *np.cumsum(draw.integers(1000, 8100, 59)).tolist()]
    source = make_clip("vfr.mp4", times=times, time_base=Fraction(1, 90000))
    restore(source, tmp_path / "out.mp4")
    ends = []
    for path in (source, tmp_path / "out.mp4"):
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            ends.append(((stream.start_time or 0) + (stream.duration or 0)) * (stream.time_base or 1))
    assert ends[0] == ends[1] > Fraction(times[-1], 90000)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_tracks_and_chapters_are_copied(
    suffix: str, tmp_path: Path, make_clip: Any, restore: Any, read_back: Any
) -> None:
    chapters = [(0.0, 0.5, "one"), (0.5, 1.2, "two")]
    source = make_clip(f"full{suffix}", audio=2, subtitles=True, chapters=chapters)
    restore(source, tmp_path / f"out{suffix}")
    before, after = read_back(source), read_back(tmp_path / f"out{suffix}")
    assert before.packets[0] and len(before.packets) == 3
    assert after.packets == before.packets
    kinds = [kind for kind in before.kinds if kind != "data"]  # chapters of MP4 are a data track too
    assert [kind for kind in after.kinds if kind != "data"] == kinds == ["audio", "audio", "subtitle"]
    assert after.languages[:2] == ["eng", "deu"]
    assert after.chapters == before.chapters
    assert [title for _, _, title in after.chapters] == ["one", "two"]


@pytest.mark.parametrize("turn", [90, 180, -90])
def test_turned_films_come_out_upright(turn: int, tmp_path: Path, make_clip: Any, restore: Any, read_back: Any) -> None:
    source = make_clip("phone.mp4", rotation=turn, frames=6, sample_aspect=Fraction(4, 3))
    restore(source, tmp_path / "out.mp4", detail_strength=1.0)
    before, after = read_back(source), read_back(tmp_path / "out.mp4")
    assert after.context["rotation"] == 0
    assert after.context["aspect"] == (Fraction(4, 3) if turn == 180 else Fraction(3, 4))
    upright = np.rot90(before.frames[3], before.context["rotation"] // 90)
    assert after.frames[3].shape == upright.shape
    assert np.abs(after.frames[3].astype(int) - upright).mean() < 6


@pytest.mark.parametrize("colour", [(1, 1, 1, 1), (9, 16, 9, 1), (6, 6, 6, 2), (5, 4, 5, 1)])
def test_colour_tags_stay_and_mean_what_they_say(
    colour: tuple[int, int, int, int], tmp_path: Path, make_clip: Any, restore: Any, read_back: Any
) -> None:
    source = make_clip("colour.mp4", colour=colour, frames=5)
    restore(source, tmp_path / "out.mp4", detail_strength=1.0, crf=4)
    before, after = read_back(source), read_back(tmp_path / "out.mp4")
    assert after.context["colour"] == before.context["colour"] == colour
    for a, b in zip(before.context["lossless"], after.context["lossless"], strict=True):
        assert np.abs(a.astype(int) - b).mean() < 1.5  # the same Y, Cb and Cr: there and back by the same matrix


def test_a_matrix_nobody_named_is_written_out(tmp_path: Path, make_clip: Any, restore: Any, read_back: Any) -> None:
    source = make_clip("untagged.mp4", frames=4)
    restore(source, tmp_path / "out.mp4")
    assert read_back(tmp_path / "out.mp4").context["colour"] == (2, 2, 6, 1)


@pytest.mark.parametrize(("target", "codec", "made"), [
    ("out.mp4", "auto", ("hevc", "yuv420p10le")),
    ("out.mov", "prores", ("prores", "yuv422p10le")),
    ("out.mkv", "ffv1", ("ffv1", "yuv420p10le")),
])  # fmt: skip
def test_ten_bits_stay_ten_bits(
    target: str, codec: str, made: tuple[str, str], tmp_path: Path, make_clip: Any, restore: Any, read_back: Any
) -> None:
    def ramp(number: int, width: int, height: int) -> np.ndarray:
        row = np.linspace(20000, 24000, width).astype(np.uint16)  # finer than 8 bits can show
        return np.repeat(np.broadcast_to(row, (height, width))[:, :, None], 3, axis=2)

    source = make_clip("deep.mkv", codec="ffv1", pixel_format="yuv420p10le", frames=4, picture=ramp, size=(128, 64))
    stats = restore(source, tmp_path / target, codec=codec, detail_strength=1.0)
    after = read_back(tmp_path / target, "rgb48le")
    assert (after.context["codec"], after.context["format"]) == made
    levels = len(np.unique(after.context["lossless"][1][:64]))
    assert levels > 40, "about 16 levels in 8 bits, 60 in 10"
    assert stats["output"]["bit_depth"] == 10


def test_interlaced_films_are_deinterlaced(tmp_path: Path, make_clip: Any, restore: Any, read_back: Any) -> None:
    def combed(number: int, width: int, height: int) -> np.ndarray:
        rows = np.zeros((height, width, 3), np.uint8)
        for field in (0, 1):  # a bar that moves between the two fields
            left = (number * 8 + field * 4) % (width - 16)
            rows[field::2, left : left + 16] = 230
        return rows

    source = make_clip("pal.mkv", codec="mpeg2video", options={"flags": "+ildct+ilme", "b": "4000000"},
                       picture=combed, frames=12, time_base=Fraction(1, 25))  # fmt: skip
    stats = restore(source, tmp_path / "out.mp4", detail_strength=1.0)
    before, after = read_back(source), read_back(tmp_path / "out.mp4")
    assert after.times == before.times
    combing = [float(np.abs(np.diff(c.frames[6][..., 1].astype(int), axis=0)).mean()) for c in (before, after)]
    assert combing[1] < combing[0] / 2
    assert any("deinterlaced" in note for note in stats["notes"])


def test_odd_sides(tmp_path: Path, make_clip: Any, restore: Any, read_back: Any) -> None:
    source = make_clip("odd.mkv", codec="ffv1", pixel_format="yuv444p", size=(51, 37), frames=4)
    stats = restore(source, tmp_path / "out.mp4", detail_strength=1.0)
    after = read_back(tmp_path / "out.mp4")
    assert after.context["size"] == (52, 38)
    assert np.abs(after.frames[2][:, 50].astype(int) - after.frames[2][:, 51]).mean() < 20
    assert any("even sides" in note for note in stats["notes"])
    restore(source, tmp_path / "out.mkv", codec="ffv1")
    assert read_back(tmp_path / "out.mkv").context["size"] == (51, 37)


def test_a_film_that_breaks_off(tmp_path: Path, make_clip: Any, restore: Any, read_back: Any) -> None:
    whole = make_clip("whole.mp4", frames=60, audio=1, size=(160, 120), options={"g": "10"})
    from restoration_studio.video.probe import open_video

    with open_video(whole) as container:
        container.streams.video[0]
    import av

    front = tmp_path / "front.mp4"  # with its index at the front, as streamed files have it
    with (
        av.open(str(whole)) as source,
        av.open(str(front), "w", container_options={"movflags": "+faststart"}) as target,
    ):
        streams = [target.add_stream_from_template(s, opaque=True) for s in source.streams]
        for packet in source.demux():
            if packet.size:
                packet.stream = streams[packet.stream.index]
                target.mux(packet)
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(front.read_bytes()[: int(front.stat().st_size * 0.6)])
    stats = restore(cut, tmp_path / "out.mp4")
    assert 10 < stats["film"]["frames"] < 60
    assert any("breaks off" in note for note in stats["notes"])
    assert len(read_back(tmp_path / "out.mp4").times) == stats["film"]["frames"]
    gone = tmp_path / "gone.mp4"
    gone.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * 0.6)])  # its index was at the end
    with pytest.raises(InputError, match=r"gone\.mp4"):
        restore(gone, tmp_path / "out2.mp4")


def test_a_change_of_size_is_refused_with_its_place(tmp_path: Path, make_clip: Any, restore: Any) -> None:
    parts = [make_clip("a.h264", frames=10), make_clip("b.h264", frames=10, size=(96, 64))]
    joined = tmp_path / "joined.h264.ts"
    import av

    with av.open(str(joined), "w", format="mpegts") as target:
        stream: Any = None
        for number, part in enumerate(parts):
            with av.open(str(part)) as source:
                if stream is None:
                    stream = target.add_stream_from_template(source.streams.video[0], opaque=True)
                for place, packet in enumerate(p for p in source.demux(video=0) if p.size):
                    packet.stream, packet.time_base = stream, Fraction(1, 25)
                    packet.pts = packet.dts = number * 10 + place
                    target.mux(packet)
    with pytest.raises(errors.VideoChangesSize, match=r"changes its size from 64x48 to 96x64 after 0\.\d+ s"):
        restore(joined, tmp_path / "out.mp4")
    assert not (tmp_path / "out.mp4").exists()


def seen_through(path: Path) -> list[np.ndarray]:
    """The opacity of every frame, 0 to 1."""
    from restoration_studio.video.decode import read_frames
    from restoration_studio.video.frame_colour import frame_to_alpha
    from restoration_studio.video.probe import probe_video

    return [frame_to_alpha(item.frame, 0) for item in read_frames(probe_video(path))]


def with_hole(number: int, width: int, height: int) -> np.ndarray:
    """A moving hole in a moving pattern, (height, width, 4)."""
    y, x = np.mgrid[:height, :width]
    opacity = np.clip((np.hypot(x - 20 - number, y - 24) - 8) * 40, 0, 255)
    return np.stack([(x * 3 + number) % 256, y * 4 % 256, x + y, opacity], axis=-1).astype(np.uint8)


@pytest.mark.parametrize(
    ("name", "wishes", "codec", "tolerance"),
    [("out.webm", {}, "vp9", 0.02), ("out.mkv", {"codec": "ffv1"}, "ffv1", 0.002), ("out.mov", {}, "prores", 0.01)],
)
def test_transparency_is_carried_where_there_is_room_for_it(
    name: str, wishes: dict[str, Any], codec: str, tolerance: float, tmp_path: Path, restore: Any
) -> None:
    import av

    source = tmp_path / "clear.mkv"
    with av.open(str(source), "w") as container:
        stream: Any = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuva420p"
        for number in range(8):
            frame = av.VideoFrame.from_ndarray(with_hole(number, 64, 48), "rgba").reformat(format="yuva420p")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    stats = restore(source, tmp_path / name, **wishes)
    assert (stats["film"]["encoding"]["codec"], stats["output"]["alpha"]) == (codec, True)
    before, after = seen_through(source), seen_through(tmp_path / name)
    assert len(after) == 8 and 0.02 < 1 - np.mean(before) < 0.2
    for a, b in zip(after, before, strict=True):
        assert np.abs(a - b).mean() <= tolerance


def test_transparency_is_refused_with_the_way_on(tmp_path: Path, make_clip: Any, restore: Any) -> None:
    source = make_clip("clear.mkv", codec="ffv1", pixel_format="yuva420p", frames=4)
    with pytest.raises(UsageError, match=r"transparency.*h264 in \.mp4.*ignore_alpha=True") as caught:
        restore(source, tmp_path / "out.mp4")
    assert "give --ignore-alpha to restore" in worded(caught.value)
    assert restore(source, tmp_path / "out.mp4", ignore_alpha=True)["film"]["frames"] == 4


@pytest.mark.slow
def test_the_transparency_of_a_real_clip(tmp_path: Path, shared_data: Path, restore: Any) -> None:
    source = shared_data / "video" / "transparent.webm"
    restore(source, tmp_path / "out.webm", max_frames=30)
    before, after = seen_through(source)[:30], seen_through(tmp_path / "out.webm")
    assert len(after) == 30 and np.mean(before) < 0.9
    assert np.mean([np.abs(a - b).mean() for a, b in zip(after, before, strict=True)]) < 0.01


def test_parts_of_a_film(tmp_path: Path, make_clip: Any, restore: Any, read_back: Any) -> None:
    source = make_clip("long.mp4", frames=75, audio=1, chapters=[(0, 1, "a"), (1, 2, "b"), (2, 3, "c")])
    whole = read_back(source)
    stats = restore(source, tmp_path / "part.mp4", start=1.0, end=2.0, detail_strength=1.0)
    part = read_back(tmp_path / "part.mp4")
    assert [time + 1 for time in part.times] == whole.times[25:50]
    assert np.abs(part.frames[0].astype(int) - whole.frames[25]).mean() < 4
    assert stats["film"]["duration"] == 1.0
    inside = [(time - 1, data) for time, data in whole.packets[0] if 1 <= time < 2]
    assert [data for _, data in part.packets[0]] == [data for _, data in inside]
    assert abs(part.packets[0][0][0] - inside[0][0]) <= Fraction(1, 48000)
    assert [title for _, _, title in part.chapters] == ["b"]
    assert restore(source, tmp_path / "few.mp4", max_frames=7)["film"]["frames"] == 7
    preview = restore(source, tmp_path / "preview.mp4", preview=0.4)
    assert preview["film"]["frames"] == 10
    assert preview["film"]["part"]["start"] == pytest.approx(1.3, abs=0.1)


@pytest.mark.parametrize(
    ("wishes", "kind", "sentence"),
    [
        ({"start": 99.0}, errors.StartAfterEnd, "--start 99 lies after the film's end"),
        ({"start": 1.0, "end": 0.5}, errors.PartEmpty, "--start 1 and --end 0.5 leave nothing"),
        ({"preview": 1.0, "start": 0.5}, errors.PreviewOfPart, "give --preview, or --start and --end, not both"),
        ({"preview": 0.0}, errors.PreviewTooShort, "--preview takes seconds above 0, not 0."),
        ({"max_frames": 0}, errors.MaxFramesTooSmall, "--max-frames takes a whole number from 1 on, not 0."),
        ({"codec": "ffv1"}, errors.CodecDoesNotFit, "ffv1 does not go into .mp4; use a name that ends with .m"),
        ({"codec": "prores", "crf": 3.0}, errors.CodecDoesNotFit, "prores does not go into .mp4"),
        ({"crf": 99.0}, errors.CrfOutOfRange, "--crf takes a number from 0 to 51 for h264, not 99."),
        ({"encoder_preset": "warp"}, errors.EncoderPresetUnknown, "'warp' is unknown to h264; use one of ultrafast"),
        ({"frame_rate": "x"}, errors.FrameRateUnknown, "such as 2x, not 'x'."),
        ({"frame_rate": "500"}, errors.FrameRateOutOfRange, "from 1 to 240 frames a second, not 500."),
    ],
)
def test_wishes_that_cannot_be_met(
    wishes: dict[str, Any], kind: type[UsageError], sentence: str, tmp_path: Path, make_clip: Any, restore: Any
) -> None:
    source = make_clip("film.mp4", frames=5)
    with pytest.raises(UsageError) as caught:
        restore(source, tmp_path / "out.mp4", **wishes)
    assert type(caught.value) is kind
    assert sentence in worded(caught.value)
    assert "--" not in str(caught.value)
    assert not (tmp_path / "out.mp4").exists()


def test_subtitles_that_do_not_go_into_the_container(tmp_path: Path, make_clip: Any, restore: Any) -> None:
    source = make_clip("subtitled.mkv", subtitles=True, frames=5)
    with pytest.raises(errors.TrackDoesNotFit, match=r"subtitle, .*\.mkv"):
        restore(source, tmp_path / "out.mp4")


def test_no_film_and_broken_files(tmp_path: Path, restore: Any) -> None:
    for name, data in (("empty.mp4", b""), ("noise.mp4", bytes(range(256)) * 40)):
        path = tmp_path / name
        path.write_bytes(data)
        with pytest.raises(InputError, match=name):
            restore(path, tmp_path / "out.mp4")
    with pytest.raises(errors.VideoMissing, match="does not exist"):
        restore(tmp_path / "nowhere.mp4", tmp_path / "out.mp4")


def test_the_result_leaves_nothing_but_itself_and_its_record(tmp_path: Path, make_clip: Any, restore: Any) -> None:
    source = make_clip("film.mp4", frames=30)
    folder = tmp_path / "results"
    stats = restore(source, folder / "out.mp4")
    assert sorted(path.name for path in folder.iterdir()) == ["out.mp4", "out.mp4.record.json"]
    record = json.loads(record_path(folder / "out.mp4").read_text(encoding="utf-8"))
    assert record["film"]["check"]["frames"] == 30
    assert [stage["stage"] for stage in record["recipe"]["stages"]] == ["detail"]
    assert record["output"]["sha256"] == stats["output"]["sha256"]


def test_progress_counts_frames(tmp_path: Path, make_clip: Any, restore: Callable[..., Any]) -> None:
    seen: list[Any] = []
    restore(make_clip("film.mp4", frames=30), tmp_path / "out.mp4", progress=seen.append)
    fractions = [progress.fraction for progress in seen]
    assert fractions == sorted(fractions)
    restoring = [progress for progress in seen if progress.task.description == "Restoring"]
    assert {progress.task.total for progress in restoring} == {30}  # from the first report on
    assert (restoring[-1].task.completed, restoring[-1].task.total, restoring[-1].task.unit) == (30, 30, "frame")
    assert restoring[-2].rate > 0
    assert restoring[-2].seconds_left >= 0


@pytest.mark.parametrize(
    ("name", "target", "wishes"),
    [
        ("a.avi", "out.mp4", {"codec": "mpeg4", "time_base": Fraction(1, 25)}),
        ("a.ts", "out.mp4", {"time_base": Fraction(1, 90000), "audio": 1}),
        ("a.ts", "out.mkv", {"time_base": Fraction(1, 90000), "audio": 1}),
        ("a.mpg", "out.mp4", {"codec": "mpeg2video", "time_base": Fraction(1, 25)}),
        ("a.flv", "out.mp4", {"codec": "flv", "time_base": Fraction(1, 1000)}),
        ("a.webm", "out.mp4", {"codec": "libvpx-vp9", "time_base": Fraction(1, 1000), "audio": 1}),
        ("late.mp4", "out.mp4", {"times": [38400 + 512 * n for n in range(20)], "audio": 1}),
        ("ntsc.mp4", "out.mp4", {"rate": 30, "time_base": Fraction(1, 30000), "times": [1001 * n for n in range(30)]}),
        ("one.mp4", "out.mp4", {"frames": 1}),
        ("two.mp4", "out.webm", {"frames": 2}),
        ("grey.mkv", "out.mp4", {"codec": "ffv1", "pixel_format": "gray10le", "frames": 5}),
        ("chroma.mov", "out.mov", {"codec": "prores_ks", "pixel_format": "yuv422p10le", "frames": 5,
                                   "time_base": Fraction(1, 25)}),
    ],
)  # fmt: skip
def test_kinds_of_films(
    name: str, target: str, wishes: dict[str, Any], tmp_path: Path, make_clip: Any, restore: Any, read_back: Any
) -> None:
    source = make_clip(name, **wishes)
    restore(source, tmp_path / target)
    before, after = read_back(source), read_back(tmp_path / target)
    tick = Fraction(0) if after.time_base <= before.time_base else after.time_base / 2
    assert max(abs(a - b) for a, b in zip(after.times, before.times, strict=True)) <= tick
    assert len(after.frames) == len(before.frames)


def test_pixels_that_are_not_square(tmp_path: Path, make_clip: Any, restore: Any, read_back: Any) -> None:
    source = make_clip("dv.mp4", sample_aspect=Fraction(16, 15), frames=4)
    for target in ("out.mp4", "out.mkv"):
        restore(source, tmp_path / target)
        assert read_back(tmp_path / target).context["aspect"] == Fraction(16, 15)
    with pytest.raises(errors.PixelAspectNotKept, match="not square"):
        restore(source, tmp_path / "out.webm")
