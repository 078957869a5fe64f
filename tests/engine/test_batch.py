"""Batches: nothing lost, nothing done twice, no file stopped by another."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from restoration_studio.config import Config
from restoration_studio.engine import record as pipeline_record
from restoration_studio.engine.batch import is_finished, run_batch
from restoration_studio.engine.batch_plan import plan
from restoration_studio.engine.errors import ForeignFileThere
from restoration_studio.engine.recipe import Recipe
from restoration_studio.engine.record import claim, read_record, record_path
from restoration_studio.errors import Cancelled, InputError, OutputError, UsageError, WeightsError
from restoration_studio.pipeline import RestorationPipeline
from restoration_studio.progress import CancelToken, Progress
from tests.waiting import wait_until

REPOSITORY = Path(__file__).parent.parent.parent
DETAIL = Recipe.parse({"stages": [{"stage": "detail", "amount": 1.4}]})
FAST = ["--no-sr", "--no-denoise"]
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and permissions of POSIX")


def picture(path: Path, seed: int = 0, size: tuple[int, int] = (40, 30)) -> Path:
    """Write a small noisy picture; its format follows the suffix."""
    width, height = size
    y, x = np.mgrid[:height, :width]
    clean = np.stack([x * 6 % 256, y * 8 % 256, (x + y + 20 * seed) % 256], axis=-1)
    noisy = clean + np.random.default_rng(seed).normal(0, 6, clean.shape)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)).save(path)
    return path


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def results(folder: Path) -> dict[str, bytes]:
    """The pictures, without records and reports, whose times differ."""
    return {name: data for name, data in files(folder).items() if not name.endswith(".json")}


def stamps(folder: Path) -> dict[Path, tuple[int, int]]:
    """When each file was written, and which file it is, but for the report."""
    found = [path for path in folder.rglob("*") if path.is_file() and path.name != "report.json"]
    return {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in found}


@pytest.fixture
def pipeline(tmp_path: Path) -> RestorationPipeline:
    return RestorationPipeline(Config(cache_dir=tmp_path / "cache", device="cpu", offline=True, stage_cache_mb=0))


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """Six pictures in two folders."""
    for number in range(6):
        picture(tmp_path / "album" / ("a", "b/c")[number % 2] / f"{number}.png", number)
    return tmp_path / "album"


FOLDERS = ("Oma's Fotos", "写真/1954 夏", "семья", "a/b/c")
BROKEN = {
    "Oma's Fotos/cut.jpg": "damaged",
    "写真/1954 夏/empty.png": "empty",
    "семья/letter.jpg": "text, not a picture",
    "a/b/c/nowhere.jpg": "does not exist",
    "a/b/c/huge.png": "limit",
}


@pytest.fixture
def attic(tmp_path: Path) -> Path:
    """Sixty pictures in four folders under names of every kind; five of them are broken, each in its own way."""
    folder = tmp_path / "attic"
    names = ["a.jpg", "A.jpg", "a.png", "b.gif", "b.gif.png", "Größe 1.jpeg", "c d.PNG", "e.tif", "f.webp", "g.bmp"]
    names += ["e\u0301.png", "\u00e9.png", "日本.jpg"]
    for number in range(55):
        name = names[number // 4] if number < 4 * len(names) else f"{number}.jpg"
        picture(folder / FOLDERS[number % 4] / name, number)
    whole = (folder / "Oma's Fotos" / "a.jpg").read_bytes()
    (folder / "Oma's Fotos" / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (folder / "写真/1954 夏" / "empty.png").touch()
    (folder / "семья" / "letter.jpg").write_text("Dear Aunt,\n")
    (folder / "a/b/c" / "nowhere.jpg").symlink_to(tmp_path / "gone.jpg")
    header = bytearray((folder / "a/b/c" / "a.png").read_bytes())
    header[16:24] = (50_000).to_bytes(4, "big") * 2  # the size in IHDR; its checksum follows
    header[29:33] = zlib.crc32(bytes(header[12:29])).to_bytes(4, "big")
    (folder / "a/b/c" / "huge.png").write_bytes(header)
    (folder / "notes.txt").write_text("not a picture")
    return folder


def test_sixty_pictures_of_which_five_are_broken(pipeline: RestorationPipeline, attic: Path, tmp_path: Path) -> None:
    originals = {p: p.read_bytes() for p in attic.rglob("*") if p.is_file()}
    out = tmp_path / "out"
    report = run_batch(pipeline.engine, attic, out, DETAIL)

    assert report.exit_code == 1
    assert len(report.named("restored")) == 55
    assert {str(Path(item.source).relative_to(attic)) for item in report.named("failed")} == set(BROKEN)
    for item in report.named("failed"):
        name = str(Path(item.source).relative_to(attic))
        assert BROKEN[name] in item.message
        assert str(item.source) in item.message
        assert f"failed: {item.message}" in report.table()
        assert not Path(item.target).exists() and not record_path(Path(item.target)).exists()
    assert report.table().startswith("55 restored, 0 skipped, 5 failed, 0 not done, 1 other files left alone")
    assert {p: p.read_bytes() for p in originals} == originals

    # The structure is kept, and every result can be opened at its picture's size.
    made = results(out)
    assert len(made) == 55
    for item in report.named("restored"):
        source, target = Path(item.source), Path(item.target)
        assert target.parent.relative_to(out) == source.parent.relative_to(attic)
        with Image.open(target) as result:
            assert result.size == (40, 30)
    assert len({str(Path(item.target)).casefold() for item in report.items}) == 60
    written = json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert written["counts"] == {"restored": 55, "skipped": 0, "failed": 5, "not done": 0}
    assert {f["source"] for f in written["files"] if f["outcome"] == "failed"} == {str(attic / n) for n in BROKEN}

    # Run again: the 55 are left alone to the byte, the five are tried again.
    before = stamps(out)
    again = run_batch(pipeline.engine, attic, out, DETAIL)
    assert (len(again.named("skipped")), len(again.named("failed")), again.exit_code) == (55, 5, 1)
    assert stamps(out) == before
    picture(attic / "семья" / "letter.jpg")
    mended = run_batch(pipeline.engine, attic, out, DETAIL)
    assert [Path(item.source).name for item in mended.named("restored")] == ["letter.jpg"]
    assert len(mended.named("failed")) == 4


def test_another_recipe_or_other_bytes_are_done_again(
    pipeline: RestorationPipeline, album: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    run_batch(pipeline.engine, album, out, DETAIL)
    first = results(out)
    stronger = Recipe.parse({"stages": [{"stage": "detail", "amount": 1.9}]})
    assert len(run_batch(pipeline.engine, album, out, stronger).named("restored")) == 6
    assert all(results(out)[name] != data for name, data in first.items())
    assert len(run_batch(pipeline.engine, album, out, DETAIL).named("restored")) == 6
    assert results(out) == first

    picture(album / "a" / "2.png", 99)
    report = run_batch(pipeline.engine, album, out, DETAIL)
    assert [Path(item.source).name for item in report.named("restored")] == ["2.png"]
    assert len(report.named("skipped")) == 5


def test_results_whose_records_name_settings_as_format_1_did_are_finished(
    pipeline: RestorationPipeline, album: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    half = Recipe.parse({"stages": [{"stage": "detail", "amount": 1.4, "strength": 0.5}]})
    run_batch(pipeline.engine, album, out, half)
    for record in out.rglob("*.record.json"):
        record.write_text(record.read_text().replace('"opacity"', '"strength"'))
    assert len(run_batch(pipeline.engine, album, out, half).named("skipped")) == 6
    assert len(run_batch(pipeline.engine, album, out, DETAIL).named("restored")) == 6


def test_a_result_somebody_has_worked_on_is_not_replaced(
    pipeline: RestorationPipeline, album: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    run_batch(pipeline.engine, album, out, DETAIL)
    whole = results(out)
    (out / "a" / "2.png").write_bytes(b"retouched by hand")
    report = run_batch(pipeline.engine, album, out, DETAIL)
    assert [Path(item.source).name for item in report.named("failed")] == ["2.png"]
    assert "has been changed" in report.named("failed")[0].message
    assert (out / "a" / "2.png").read_bytes() == b"retouched by hand"
    run_batch(pipeline.engine, album, out, DETAIL, overwrite=True)
    assert results(out) == whole


def test_a_result_that_is_gone_or_has_no_record_is_made_again(
    pipeline: RestorationPipeline, album: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    run_batch(pipeline.engine, album, out, DETAIL)
    whole = results(out)
    (out / "a" / "0.png").unlink()
    record_path(out / "a" / "4.png").write_text("[]")
    record_path(out / "b/c" / "1.png").write_bytes(b"\xff\xfe\x00")
    record_path(out / "b/c" / "3.png").write_text('{"asked": 1, "input": null}')
    report = run_batch(pipeline.engine, album, out, DETAIL)
    assert [Path(item.source).name for item in report.named("restored")] == [
        "0.png",
        "4.png",
        "1.png",
        "3.png",
    ]
    assert results(out) == whole


def test_a_result_whose_record_did_not_come_is_made_again(
    pipeline: RestorationPipeline, album: Path, tmp_path: Path
) -> None:
    """What a program killed between the two files leaves: the result, and the note that it is ours."""
    out = tmp_path / "out"
    run_batch(pipeline.engine, album, out, DETAIL)
    whole = results(out)
    record_path(out / "a" / "0.png").unlink()
    claim(out / "a" / "0.png", album / "a" / "0.png")
    (out / "a" / "0.png").write_bytes(b"perhaps of another recipe")
    assert len(run_batch(pipeline.engine, album, out, DETAIL).named("restored")) == 1
    assert results(out) == whole
    assert is_finished(album / "a" / "0.png", out / "a" / "0.png", DETAIL)


def test_a_record_that_could_not_be_written_costs_no_more_than_its_file(
    pipeline: RestorationPipeline, album: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, real = tmp_path / "out", pipeline_record.write_record

    def full(stats: dict[str, object], result: Path) -> Path:
        if result.name == "2.png":
            raise OutputError(f"{result} could not be written: the disk is full; free some space and run again.")
        return real(stats, result)

    with monkeypatch.context() as patched:
        patched.setattr(pipeline_record, "write_record", full)
        assert len(run_batch(pipeline.engine, album, out, DETAIL).named("failed")) == 1
    assert [Path(item.source).name for item in run_batch(pipeline.engine, album, out, DETAIL).named("restored")] == [
        "2.png"
    ]


def test_somebody_elses_file_is_not_replaced_unasked(
    pipeline: RestorationPipeline, album: Path, tmp_path: Path
) -> None:
    mine = picture(tmp_path / "out" / "a" / "0.png", 7)
    kept = mine.read_bytes()
    report = run_batch(pipeline.engine, album, tmp_path / "out", DETAIL)
    assert mine.read_bytes() == kept
    assert (len(report.named("restored")), report.exit_code) == (5, 1)
    assert isinstance(report.named("failed")[0].error, ForeignFileThere)
    assert not record_path(mine).exists()
    assert run_batch(pipeline.engine, album, tmp_path / "out", DETAIL, overwrite=True).exit_code == 0
    assert mine.read_bytes() != kept


def test_somebody_elses_report_is_not_replaced(pipeline: RestorationPipeline, album: Path, tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text('{"sales": 5}')
    with pytest.raises(UsageError, match=r"report\.json exists and is no report"):
        run_batch(pipeline.engine, album, tmp_path, DETAIL)
    assert (tmp_path / "report.json").read_text() == '{"sales": 5}'


def test_overwrite_makes_all_again(pipeline: RestorationPipeline, album: Path, tmp_path: Path) -> None:
    run_batch(pipeline.engine, album, tmp_path / "out", DETAIL)
    assert len(run_batch(pipeline.engine, album, tmp_path / "out", DETAIL, overwrite=True).named("restored")) == 6


def test_an_output_folder_inside_the_input_is_not_scanned(pipeline: RestorationPipeline, album: Path) -> None:
    out = album / "b" / "restored"
    assert len(run_batch(pipeline.engine, album, out, DETAIL).named("restored")) == 6
    assert len(run_batch(pipeline.engine, album, out, DETAIL).named("skipped")) == 6
    assert len(results(out)) == 6


def test_no_model_or_device_is_found_out_before_the_first_file(
    pipeline: RestorationPipeline, album: Path, tmp_path: Path
) -> None:
    (tmp_path / "none.pth").write_text("no network")
    for model, said in ((tmp_path / "none.pth", "damaged"), (tmp_path / "gone.pth", "does not exist")):
        recipe = Recipe.parse({"stages": [{"stage": "super_resolution", "model": str(model)}]})
        with pytest.raises(WeightsError, match=said):
            run_batch(pipeline.engine, album, tmp_path / "out", recipe)
    assert not (tmp_path / "out").exists()


def test_other_weights_under_the_same_name_are_other_weights(
    pipeline: RestorationPipeline, album: Path, tmp_path: Path, tiny_model_path: Path
) -> None:
    import torch

    model = tmp_path / "mine.pth"
    shutil.copyfile(tiny_model_path, model)
    recipe = Recipe.parse({"stages": [{"stage": "super_resolution", "model": str(model), "scale": 2}]})
    out = tmp_path / "out"
    assert len(run_batch(pipeline.engine, album, out, recipe).named("restored")) == 6
    assert len(run_batch(pipeline.engine, album, out, recipe).named("skipped")) == 6
    state = torch.load(tiny_model_path, weights_only=True)["params"]
    torch.save({"params": {name: value * 1.5 for name, value in state.items()}}, model)
    pipeline.models.unload()
    assert len(run_batch(pipeline.engine, album, out, recipe).named("restored")) == 6


def test_the_whole_batch_moves_forward(
    pipeline: RestorationPipeline, album: Path, tmp_path: Path, tiny_model_path: Path
) -> None:
    recipe = Recipe.parse(
        {
            "stages": [
                {"stage": "denoise", "method": "nlm", "level": 5},
                {"stage": "super_resolution", "model": str(tiny_model_path), "scale": 2, "tile": 32, "overlap": 8},
                {"stage": "detail"},
            ]
        }
    )
    (album / "a" / "broken.png").write_text("no picture")
    seen: list[Progress] = []
    run_batch(pipeline.engine, album, tmp_path / "out", recipe, progress=seen.append)
    fractions = [progress.fraction for progress in seen]
    assert fractions == sorted(fractions)
    assert fractions[0] == 0 and fractions[-1] == pytest.approx(1)
    restoring = [progress for progress in seen if progress.current("file") and progress.fraction > 0]
    places = [file for progress in seen if (file := progress.current("file")) and file.unit == "stage"]
    assert {file.count for file in places} == {7}
    assert [file.index for file in places] == sorted(file.index for file in places)
    elapsed = [progress.elapsed for progress in seen]
    assert elapsed == sorted(elapsed)
    for progress in restoring:
        if progress.seconds_left is not None:
            # The time left is that of the rest at the pace so far.
            assert 0 <= progress.seconds_left <= progress.elapsed / progress.fraction * (1 - progress.fraction) + 1e-6


def test_stopping_leaves_whole_files_and_a_report(pipeline: RestorationPipeline, album: Path, tmp_path: Path) -> None:
    cancel, out = CancelToken(), tmp_path / "out"

    def stop_at_third(progress: Progress) -> None:
        file = progress.current("file")
        if file is not None and file.index == 2:
            cancel.cancel()

    report = run_batch(pipeline.engine, album, out, DETAIL, progress=stop_at_third, cancel=cancel)
    assert (len(report.named("restored")), len(report.named("not done")), report.exit_code) == (2, 4, 130)
    assert all(f"not done: {item.source}" in report.table() for item in report.named("not done"))
    assert "run the same command again" in report.table()
    assert json.loads((out / "report.json").read_text())["counts"]["not done"] == 4
    assert sorted(files(out)) == ["a/0.png", "a/0.png.record.json", "a/2.png", "a/2.png.record.json", "report.json"]
    rest = run_batch(pipeline.engine, album, out, DETAIL)
    assert (len(rest.named("skipped")), len(rest.named("restored")), rest.exit_code) == (2, 4, 0)


def test_stopped_while_looking_at_earlier_results(pipeline: RestorationPipeline, album: Path, tmp_path: Path) -> None:
    run_batch(pipeline.engine, album, tmp_path / "out", DETAIL)
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        run_batch(pipeline.engine, album, tmp_path / "out", DETAIL, cancel=cancel)


def test_stopping_at_once_still_writes_the_report(pipeline: RestorationPipeline, album: Path, tmp_path: Path) -> None:
    def interrupt(progress: Progress) -> None:
        file = progress.current("file")
        if file is not None and file.index == 1:
            raise KeyboardInterrupt

    report = run_batch(pipeline.engine, album, tmp_path / "out", DETAIL, progress=interrupt)
    assert (len(report.named("restored")), len(report.named("not done"))) == (1, 5)
    assert (tmp_path / "out" / "report.json").exists()


def test_an_unexpected_error_costs_one_file(
    pipeline: RestorationPipeline, album: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = pipeline.engine.restore_file

    def faulty(source: Path, *arguments: object, **named: object) -> object:
        if source.name == "2.png":
            raise ZeroDivisionError("a mistake of ours")
        if source.name == "4.png":
            raise MemoryError
        return real(source, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(pipeline.engine, "restore_file", faulty)
    report = run_batch(pipeline.engine, album, tmp_path / "out", DETAIL)
    assert len(report.named("restored")) == 4
    assert "ZeroDivisionError: a mistake of ours" in report.table()
    assert "does not fit into this machine's memory" in report.table()


def test_a_report_that_cannot_be_written_is_told_with_what_was_done(
    pipeline: RestorationPipeline, album: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"

    def in_the_way(progress: Progress) -> None:
        (out / "report.json").mkdir(exist_ok=True, parents=True)

    report = run_batch(pipeline.engine, album, out, DETAIL, progress=in_the_way)
    assert len(report.named("restored")) == 6
    assert report.path is None and "is a folder" in str(report.problem)
    assert report.exit_code == 1


def test_a_name_that_is_no_text_is_finished_too(pipeline: RestorationPipeline, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    try:
        (tmp_path / "in" / os.fsdecode(b"caf\xe9.png")).write_bytes(picture(tmp_path / "a.png").read_bytes())
    except OSError:
        pytest.skip("this file system takes only names that are text")
    assert run_batch(pipeline.engine, tmp_path / "in", tmp_path / "out", DETAIL).exit_code == 0
    report = run_batch(pipeline.engine, tmp_path / "in", tmp_path / "out", DETAIL)
    assert len(report.named("skipped")) == 1
    json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert read_record(tmp_path / "out" / os.fsdecode(b"caf\xe9.png")) is not None


def test_long_names_have_records_too(pipeline: RestorationPipeline, tmp_path: Path) -> None:
    picture(tmp_path / "in" / ("n" * 249 + ".png"))
    assert run_batch(pipeline.engine, tmp_path / "in", tmp_path / "out", DETAIL).exit_code == 0
    assert len(run_batch(pipeline.engine, tmp_path / "in", tmp_path / "out", DETAIL).named("skipped")) == 1


@posix
def test_links_that_lead_in_circles(pipeline: RestorationPipeline, album: Path, tmp_path: Path) -> None:
    (album / "a" / "up").symlink_to(album)
    (album / "loop").symlink_to(album / "loop")
    (album / "loop.png").symlink_to(album / "loop.png")
    (album / "a" / "link.png").symlink_to(album / "a" / "0.png")
    report = run_batch(pipeline.engine, album, tmp_path / "out", DETAIL)
    assert len(report.named("restored")) == 7  # a link to a picture is a picture
    assert [Path(item.source).name for item in report.named("failed")] == ["loop.png"]
    assert report.ignored == 2


@pytest.fixture
def as_nobody() -> Iterator[Path]:
    """A folder in the hands of a person without special rights, whom this test becomes when run by root."""
    if sys.platform == "win32":
        pytest.skip("permissions of POSIX")
    folder = Path(tempfile.mkdtemp(prefix="restoration-batch-"))
    root = os.geteuid() == 0
    if root:
        picture(folder / "warm" / "a.png")  # load every library while their files can be read
        pipeline = RestorationPipeline(Config(cache_dir=folder / "cache", device="cpu", offline=True))
        run_batch(pipeline.engine, folder / "warm", folder / "out", DETAIL)
        shutil.rmtree(folder / "out")
        shutil.rmtree(folder / "cache", ignore_errors=True)
        shutil.rmtree(folder / "warm")
        os.chown(folder, 65534, 65534)
        os.seteuid(65534)
    try:
        yield folder
    finally:
        if root:
            os.seteuid(0)
        for path in [folder, *folder.rglob("*")]:
            if path.is_dir():
                path.chmod(0o700)
        shutil.rmtree(folder)


def test_closed_files_and_folders_cost_only_themselves(as_nobody: Path) -> None:
    for number, name in enumerate(("a/1.png", "a/2.png", "closed/3.png", "readonly/4.png")):
        picture(as_nobody / "in" / name, number)
    (as_nobody / "in" / "a" / "2.png").chmod(0)
    (as_nobody / "in" / "closed").chmod(0)
    (as_nobody / "in" / "readonly").chmod(0o500)  # nothing is written there, so it is no hindrance
    (as_nobody / "out" / "a").mkdir(parents=True)
    pipeline = RestorationPipeline(Config(cache_dir=as_nobody / "cache", device="cpu", offline=True))
    report = run_batch(pipeline.engine, as_nobody / "in", as_nobody / "out", DETAIL)
    assert [Path(item.source).name for item in report.named("restored")] == ["1.png", "4.png"]
    told = {Path(item.source).name: item.message for item in report.named("failed")}
    assert told.keys() == {"closed", "2.png"}
    assert all("permission" in message for message in told.values())

    (as_nobody / "out" / "readonly" / "4.png").unlink()
    record_path(as_nobody / "out" / "readonly" / "4.png").unlink()
    (as_nobody / "out" / "readonly").chmod(0o500)
    report = run_batch(pipeline.engine, as_nobody / "in", as_nobody / "out", DETAIL)
    told = {Path(item.source).name: item.message for item in report.named("failed")}
    assert told.keys() == {"closed", "2.png", "4.png"}
    assert "no permission" in told["4.png"]


def test_folders_that_cannot_be_used(pipeline: RestorationPipeline, album: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="does not exist"):
        run_batch(pipeline.engine, tmp_path / "gone", tmp_path / "out", DETAIL)
    with pytest.raises(InputError, match="no picture in the folder"):
        run_batch(pipeline.engine, tmp_path / "empty", tmp_path / "out", DETAIL)
    with pytest.raises(UsageError, match="a batch takes a folder"):
        run_batch(pipeline.engine, tmp_path / "file", tmp_path / "out", DETAIL)
    with pytest.raises(UsageError, match="writes into a folder"):
        run_batch(pipeline.engine, album, tmp_path / "file", DETAIL)
    with pytest.raises(UsageError, match="also the input folder"):
        run_batch(pipeline.engine, album, album / ".." / "album", DETAIL)
    assert not (tmp_path / "out").exists()


# Below, real processes that are stopped, killed and started at once.


def start(album: Path, out: Path, cache: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, str(REPOSITORY / "restore.py"), str(album), "-o", str(out), *FAST]
    environment = os.environ | {"RESTORATION_STUDIO_CACHE_DIR": str(cache)}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)


def made(out: Path) -> int:
    return sum(1 for _ in out.rglob("*.png"))


def wait_for_results(process: subprocess.Popen[bytes], out: Path, count: int) -> None:
    """Wait until that many results are there, or the process has ended."""
    wait_until(lambda: process.poll() is not None or made(out) >= count)


@pytest.fixture
def large_album(tmp_path: Path) -> Path:
    for number in range(40):
        picture(tmp_path / "large" / f"{number % 4}" / f"{number:02}.png", number, (150, 120))
    return tmp_path / "large"


@posix
@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_stops_soon_and_leaves_whole_files(large_album: Path, tmp_path: Path, number: signal.Signals) -> None:
    out = tmp_path / "out"
    process = start(large_album, out, tmp_path / "cache")
    wait_for_results(process, out, 3)
    process.send_signal(number)
    table, said = (text.decode() for text in process.communicate(timeout=60))
    assert process.returncode == 130
    assert "stopping after this tile" in said and "Traceback" not in said
    report = json.loads((out / "report.json").read_text())
    assert report["counts"]["restored"] == made(out) >= 3
    assert report["counts"]["not done"] > 0
    assert "not done: " in table and "run the same command again" in table
    assert not list(out.rglob(".partial-*"))
    pipeline = RestorationPipeline(Config(cache_dir=tmp_path / "cache", device="cpu"))
    recipe = pipeline.recipe(None, apply_denoising=False, apply_super_resolution=False)
    for source, target in plan(large_album, out, recipe).pairs:
        assert target.exists() == is_finished(source, target, recipe)


@posix
@pytest.mark.slow
def test_killed_ten_times_it_ends_with_the_same_bytes(large_album: Path, tmp_path: Path) -> None:
    undisturbed = start(large_album, tmp_path / "undisturbed", tmp_path / "cache")
    undisturbed.communicate(timeout=120)
    assert undisturbed.returncode == 0
    random = np.random.default_rng(20)
    out, killed = tmp_path / "out", 0
    for _ in range(10):
        process = start(large_album, out, tmp_path / "cache")
        wait_for_results(process, out, made(out) + int(random.integers(1, 4)))
        with contextlib.suppress(subprocess.TimeoutExpired):  # at any moment of a picture
            process.wait(float(random.uniform(0, 0.03)))
        process.kill()
        process.communicate(timeout=60)
        killed += process.returncode == -signal.SIGKILL
    assert killed >= 5, "the kills came too late to test anything"
    last = start(large_album, out, tmp_path / "cache")
    table = last.communicate(timeout=120)[0].decode()
    assert last.returncode == 0, table
    assert results(out) == results(tmp_path / "undisturbed")
    assert not list(out.rglob(".partial-*"))
    assert sorted(files(out)) == sorted(files(tmp_path / "undisturbed"))


@pytest.mark.slow
def test_two_batches_at_once_into_one_folder(large_album: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    both = [start(large_album, out, tmp_path / "cache") for _ in range(2)]
    said = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert made(out) == 40 and not list(out.rglob(".partial-*"))
    after = start(large_album, out, tmp_path / "cache")
    table = after.communicate(timeout=120)[0].decode()
    assert table.startswith("0 restored, 40 skipped"), table
