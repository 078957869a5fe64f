from __future__ import annotations

import dataclasses
import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from restoration_studio.config import Config
from restoration_studio.errors import WeightsError
from restoration_studio.weights.fetch import ensure
from restoration_studio.weights.sources import ShippedSource, UrlSource

ROOT = Path(__file__).resolve().parents[2]


def test_weights_are_fetched_once_and_then_found(server, served, config):
    first = ensure(served, config=config)
    again = ensure(served, config=config)
    assert first == again
    assert first.path == config.weights_dir / "tiny" / "tiny.pth"
    assert first.path.read_bytes() == server.content
    assert first.sha256 == hashlib.sha256(server.content).hexdigest() == served.sources[0].sha256
    assert len(server.asked) == 1


def test_sources_are_tried_in_their_order(server, served, make_model, config):
    model = make_model(UrlSource("http://127.0.0.1:9/first.pth", "1" * 64), *served.sources)
    file = ensure(model, config=config)
    assert file.source == served.sources[0]
    assert ensure(model, config=config).source == served.sources[0]


def test_every_failure_and_the_way_by_hand_stand_in_one_sentence(server, make_model, config):
    server.status = 404
    second = UrlSource("http://127.0.0.1:9/b.pth", "1" * 64)
    model = make_model(UrlSource(f"{server.url}/a.pth", "0" * 64), second)
    with pytest.raises(WeightsError) as caught:
        ensure(model, config=config)
    text = str(caught.value)
    for piece in (f"{server.url}/a.pth: the server answered 404", "http://127.0.0.1:9/b.pth: no connection",
                  "weights tiny", str(config.weights_dir / "tiny" / "a.pth")):  # fmt: skip
        assert piece in text
    assert "\n" not in text
    assert list((config.weights_dir / "tiny").glob("*.pth*")) == []


def test_wrong_bytes_from_one_source_lead_to_the_next(server, served, make_model, config):
    model = make_model(UrlSource(f"{server.url}/a.pth", "0" * 64), *served.sources)
    assert ensure(model, config=config).path.name == "tiny.pth"
    assert not (config.weights_dir / "tiny" / "a.pth").exists()


def test_offline_asks_nobody_and_says_what_to_do(server, served, config):
    with pytest.raises(WeightsError, match=r"offline is set; run python -m restoration_studio.weights fetch tiny"):
        ensure(served, config=dataclasses.replace(config, offline=True))
    assert server.asked == []
    assert not config.weights_dir.exists()


@pytest.mark.parametrize("offline", [False, True])
def test_a_file_put_in_place_by_hand_is_used(server, served, make_model, config, offline):
    model = make_model(UrlSource(f"{server.url}/preferred.pth", "0" * 64), *served.sources)
    place = config.weights_dir / "tiny" / "tiny.pth"
    place.parent.mkdir(parents=True)
    place.write_bytes(server.content)
    file = ensure(model, config=dataclasses.replace(config, offline=offline))
    assert (file.path, file.source) == (place, served.sources[0])
    assert server.asked == []


def test_a_wrong_file_in_place_is_named_and_left_alone(server, served, config):
    place = config.weights_dir / "tiny" / "tiny.pth"
    place.parent.mkdir(parents=True)
    place.write_bytes(b"something else")
    with pytest.raises(WeightsError) as caught:
        ensure(served, config=config)
    for piece in (str(place), hashlib.sha256(b"something else").hexdigest(), served.sources[0].sha256, "delete it"):
        assert piece in str(caught.value)
    assert place.read_bytes() == b"something else"
    assert server.asked == []


def test_a_file_damaged_after_it_was_fetched_is_noticed(served, config):
    file = ensure(served, config=config)
    data = bytearray(file.path.read_bytes())
    data[1000] ^= 1
    file.path.write_bytes(data)
    with pytest.raises(WeightsError, match="damaged"):
        ensure(served, config=config)


def test_an_unknown_name_is_an_error(config):
    with pytest.raises(WeightsError, match="did you mean realesrgan-x4plus"):
        ensure("realesrgan_x4plus", config=config)


def test_a_shipped_file_is_checked_where_it_lies(make_model, config, tmp_path, monkeypatch):
    monkeypatch.setattr("restoration_studio.weights.store.SHIPPED_DIR", tmp_path)
    (tmp_path / "small.safetensors").write_bytes(b"small")
    model = make_model(ShippedSource("small.safetensors", hashlib.sha256(b"small").hexdigest()))
    assert ensure(model, config=config).path == tmp_path / "small.safetensors"
    (tmp_path / "small.safetensors").write_bytes(b"other")
    with pytest.raises(WeightsError, match="install the program again"):
        ensure(model, config=config)
    (tmp_path / "small.safetensors").unlink()
    with pytest.raises(WeightsError, match="is missing"):
        ensure(model, config=config)


def test_a_folder_that_cannot_be_made_is_one_clear_sentence(served, tmp_path):
    (tmp_path / "cache").write_text("a file where a folder is meant")
    with pytest.raises(WeightsError, match="RESTORATION_STUDIO_CACHE_DIR"):
        ensure(served, config=Config(cache_dir=tmp_path / "cache"))


PROCESS = """
import sys
from pathlib import Path
from config import Config
from restoration_studio.weights.catalogue import Model
from restoration_studio.weights.fetch import ensure
from restoration_studio.weights.sources import UrlSource
url, sha256, cache = sys.argv[1:]
model = Model("tiny", "Tiny", "tests", "none", 1, "MIT", (UrlSource(url, sha256),))
print(ensure(model, config=Config(cache_dir=Path(cache))).sha256)
"""


def test_two_processes_at_once_fetch_once(server, served, config):
    server.delay = 1.0  # long enough for both to be up before the first is done
    source = served.sources[0]
    words = [sys.executable, "-c", PROCESS, source.url, source.sha256, str(config.cache_dir)]
    both = [
        subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    for process in both:
        out, problems = process.communicate(timeout=60)
        assert (process.returncode, out.strip(), problems) == (0, source.sha256, "")
    assert len(server.asked) == 1


def test_nothing_heavy_is_imported_to_fetch():
    heavy = "{'torch', 'cv2', 'safetensors', 'spandrel', 'scipy'}"
    script = f"import sys, restoration_studio.weights.__main__; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


class TestLicence:
    @pytest.fixture
    def model(self, served):
        return dataclasses.replace(served, commercial=False, licence="Test Licence 1.0")

    def test_without_a_yes_nothing_is_fetched(self, server, model, config):
        with pytest.raises(WeightsError, match=r"Test Licence 1.0.*--accept-licence"):
            ensure(model, config=config)
        assert server.asked == []

    def test_a_file_in_place_is_refused_too(self, server, model, config):
        place = config.weights_dir / "tiny" / "tiny.pth"
        place.parent.mkdir(parents=True)
        place.write_bytes(server.content)
        with pytest.raises(WeightsError, match="forbids commercial use"):
            ensure(model, config=config)

    def test_a_yes_in_the_configuration_counts(self, model, config):
        assert ensure(model, config=dataclasses.replace(config, accept_licences=("tiny",))).path.exists()

    def test_a_recorded_yes_counts_for_that_licence_only(self, model, config):
        from restoration_studio.weights.store import accept_licence

        accept_licence(model, config)
        assert ensure(model, config=config).path.exists()
        with pytest.raises(WeightsError, match=r"Test Licence 2.0"):
            ensure(dataclasses.replace(model, licence="Test Licence 2.0"), config=config)

    def test_a_damaged_record_is_no_yes(self, model, config):
        place = config.weights_dir / "tiny" / "licence-accepted.json"
        place.parent.mkdir(parents=True)
        place.write_bytes(b"\xff{")
        with pytest.raises(WeightsError, match="forbids commercial use"):
            ensure(model, config=config)


def test_waiting_for_another_fetch_can_be_stopped(served, config):
    from filelock import FileLock

    class StoppedError(Exception):
        pass

    asked = []

    def progress(done, total, what):
        asked.append(what)
        if len(asked) == 2:
            raise StoppedError

    folder = config.weights_dir / served.name
    folder.mkdir(parents=True)
    with FileLock(folder / ".lock"), pytest.raises(StoppedError):
        ensure(served, config=config, progress=progress)
    assert all("waiting" in what for what in asked)
    assert ensure(served, config=config).path.is_file()
