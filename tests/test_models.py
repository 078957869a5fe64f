"""The ModelManager: one copy, loaded on first use, dropped when the budget is used up, safe files only."""

from __future__ import annotations

import os
import pickle
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from restoration_studio.config import Config
from restoration_studio.errors import Cancelled, UsageError, WeightsError
from restoration_studio.image.picture import FloatArray
from restoration_studio.models import LoadedModel, ModelManager
from restoration_studio.models_errors import OtherConditions
from restoration_studio.networks import ARCHITECTURES
from restoration_studio.networks import precision as precision_module
from restoration_studio.networks.capabilities import Capabilities, Condition
from restoration_studio.networks.precision import exact_kernels, has_bfloat16


@pytest.fixture
def manager(tmp_path: Path) -> ModelManager:
    return ModelManager(Config(cache_dir=tmp_path, device="cpu", offline=True))


def test_nothing_is_loaded_before_it_is_asked_for(manager: ModelManager, tiny_model_path: Path) -> None:
    assert manager.loaded() == []
    first = manager.get(str(tiny_model_path))
    assert manager.loaded() == [first]
    assert first.scale == 4 and first.size_bytes > 0 and len(first.sha256) == 64


def test_a_network_for_other_work_is_named(
    manager: ModelManager, tiny_model_path: Path, photograph: FloatArray
) -> None:
    upscaler = manager.get(str(tiny_model_path))
    hole = np.ones(photograph.shape[:2], np.float32)
    with pytest.raises(WeightsError, match=r"made for other work"):
        upscaler(photograph, hole)


def test_threads_share_one_copy(manager: ModelManager, tiny_model_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(lambda _: manager.get(str(tiny_model_path)), range(16)))
    assert all(model.network is given[0].network for model in given)


def test_threads_get_the_results_one_would_get(
    manager: ModelManager, tiny_model_path: Path, photograph: FloatArray
) -> None:
    network = manager.get(str(tiny_model_path))
    parts = [photograph[i : i + 40, i : i + 50] for i in range(8)]
    alone = [network(part) for part in parts]
    with ThreadPoolExecutor(4) as pool:
        for one, other in zip(alone, pool.map(network, parts), strict=True):
            np.testing.assert_array_equal(one, other)


def test_the_budget_drops_the_least_recently_used(tiny_model_path: Path, tmp_path: Path) -> None:
    paths = [tmp_path / f"{name}.pth" for name in "abc"]
    for path in paths:
        shutil.copy(tiny_model_path, path)
    manager = ModelManager(Config(cache_dir=tmp_path, device="cpu"))
    size = manager.get(str(paths[0])).size_bytes
    manager.unload()
    manager.config = Config(cache_dir=tmp_path, device="cpu", model_memory_mb=1)
    object.__setattr__(manager.config, "model_memory_mb", 2.5 * size / 1e6)
    for path in (paths[0], paths[1], paths[0], paths[2]):
        manager.get(str(path))
    assert [model.name for model in manager.loaded()] == [str(paths[0]), str(paths[2])]


def test_a_model_over_the_whole_budget_is_still_given(tiny_model_path: Path, tmp_path: Path) -> None:
    config = Config(cache_dir=tmp_path, device="cpu")
    object.__setattr__(config, "model_memory_mb", 1e-9)
    manager = ModelManager(config)
    assert manager.get(str(tiny_model_path)) in manager.loaded()


def test_unload_one_and_all(manager: ModelManager, tiny_model_path: Path) -> None:
    manager.load_models([str(tiny_model_path)], precision="float32")
    manager.get(str(tiny_model_path), precision="bfloat16")
    assert len(manager.loaded()) == 1, "one copy serves every precision"
    manager.unload(str(tiny_model_path))
    assert manager.loaded() == []


def test_bfloat16_is_near_float32(manager: ModelManager, tiny_model_path: Path, photograph: FloatArray) -> None:
    exact = manager.get(str(tiny_model_path), precision="float32")(photograph)
    short = manager.get(str(tiny_model_path), precision="bfloat16")(photograph)
    assert 0 < np.abs(exact - short).max() < 2 / 255
    assert manager.get(str(tiny_model_path), precision="float32")(photograph) == pytest.approx(exact, abs=0)


def test_short_numbers_do_not_leave_only_eight_binary_digits(manager: ModelManager, tiny_model_path: Path) -> None:
    """A smooth ramp keeps more levels than bfloat16 has: the first and last layers run in float32."""
    ramp = np.repeat(np.tile(np.linspace(0.6, 0.9, 256, dtype=np.float32), (16, 1))[:, :, None], 3, axis=2)
    made = manager.get(str(tiny_model_path), precision="bfloat16")(ramp)
    assert len(np.unique(made[20, :, 0])) > 500


def test_auto_precision_is_float32_where_bfloat16_would_be_emulated(monkeypatch: pytest.MonkeyPatch) -> None:
    manager = ModelManager(Config(device="cpu"))
    monkeypatch.setattr(precision_module, "has_bfloat16", lambda device: False)
    assert manager.precision("auto") == "float32"
    monkeypatch.setattr(precision_module, "has_bfloat16", lambda device: True)
    assert manager.precision("auto") == "bfloat16"
    assert manager.precision("auto", bit_depth=16) == "float32"
    assert manager.precision("bfloat16", bit_depth=16) == "bfloat16"


def test_bfloat16_is_read_from_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    for flags, expected in (({"avx2": True}, False), ({"avx512_bf16": True}, True), ({"avx512_bf16": False}, False)):
        monkeypatch.setattr(
            torch.cpu, "get_capabilities", lambda flags=flags: {"cpu_name": "x", **flags}, raising=False
        )
        assert has_bfloat16("cpu") is expected


@pytest.mark.skipif("CUDA_VISIBLE_DEVICES" in os.environ, reason="may have a GPU")
def test_a_device_that_is_not_there_is_refused() -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has a CUDA GPU")
    with pytest.raises(UsageError, match="cuda"):
        _ = ModelManager(Config(device="cuda")).device


def test_an_unknown_name_lists_near_ones(manager: ModelManager) -> None:
    with pytest.raises(WeightsError, match="realesrgan-x4plus"):
        manager.get("realesrgan-x4")


def test_a_missing_file_is_named(manager: ModelManager) -> None:
    with pytest.raises(WeightsError, match=r"nowhere\.pth"):
        manager.get("nowhere.pth")


def test_a_pickle_that_would_run_code_is_refused(manager: ModelManager, tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.system, (f"touch {tmp_path / 'owned'}",)

    path = tmp_path / "evil.pth"
    path.write_bytes(pickle.dumps(Evil()))
    with pytest.raises(WeightsError, match=r"evil\.pth"):
        manager.get(str(path))
    assert not (tmp_path / "owned").exists()


def test_a_network_that_gives_no_numbers_is_an_error(
    manager: ModelManager, tmp_path: Path, tiny_model_path: Path
) -> None:
    import torch

    weights = torch.load(tiny_model_path, weights_only=True)["params"]
    weights["body.0.weight"][0] = float("nan")
    torch.save(weights, tmp_path / "broken.pth")
    with pytest.raises(WeightsError, match=r"broken\.pth"):
        manager.get(str(tmp_path / "broken.pth"))(np.zeros((20, 20, 3), np.float32))


def test_a_damaged_catalogue_file_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "weights" / "ffdnet-color"
    folder.mkdir(parents=True)
    (folder / "ffdnet_color.pth").write_bytes(b"not weights")
    with pytest.raises(WeightsError, match=r"ffdnet_color\.pth"):
        ModelManager(Config(cache_dir=tmp_path, offline=True)).get("ffdnet-color")


def test_a_changed_file_is_loaded_again(manager: ModelManager, tmp_path: Path, tiny_model_path: Path) -> None:
    import torch

    path = tmp_path / "own.pth"
    shutil.copy(tiny_model_path, path)
    first = manager.get(str(path))
    assert manager.get(str(path)).network is first.network
    weights = torch.load(tiny_model_path, weights_only=True)["params"]
    torch.save({name: value * 0.5 for name, value in weights.items()}, path)
    second = manager.get(str(path))
    assert second.sha256 == manager.fetch(str(path)) != first.sha256
    assert manager.loaded() == [second]


def test_others_go_on_while_one_thread_fetches(
    manager: ModelManager, tiny_model_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = manager.get(str(tiny_model_path))
    slow = tmp_path / "slow.pth"
    shutil.copy(tiny_model_path, slow)
    fetching, finish = threading.Event(), threading.Event()
    plain = manager._file

    def wait(name: str, progress: object) -> tuple[object, str, str]:
        fetching.set()
        assert finish.wait(20)
        return plain(name, None)

    monkeypatch.setattr(manager, "_file", wait)
    with ThreadPoolExecutor(2) as pool:
        later = pool.submit(manager.get, str(slow))
        try:
            assert fetching.wait(20)
            assert pool.submit(manager.get, str(tiny_model_path)).result(10).network is here.network
            assert manager.loaded() == [here]
        finally:
            finish.set()
        assert later.result(20) in manager.loaded()


def test_exact_kernels_stay_until_the_last_thread_is_done() -> None:
    import torch

    flags = torch.backends.cudnn
    before = flags.deterministic, flags.allow_tf32
    first, second = exact_kernels(), exact_kernels()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert (flags.deterministic, flags.allow_tf32) == (True, False)
    second.__exit__(None, None, None)
    assert (flags.deterministic, flags.allow_tf32) == before != (True, False)


def test_others_go_on_while_one_thread_loads(
    manager: ModelManager, tiny_model_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Warm models and cold ones of other names; who asks for the same one waits, and may stop waiting."""
    here = manager.get(str(tiny_model_path))
    paths = [tmp_path / f"{name}.pth" for name in ("slow", "other")]
    for path in paths:
        shutil.copy(tiny_model_path, path)
    loading, finish = threading.Event(), threading.Event()
    plain, loads = manager._load, []

    def wait(name: str, *file: Any) -> LoadedModel:
        loads.append(name)
        if name == str(paths[0]):
            loading.set()
            assert finish.wait(60)
        return plain(name, *file)

    def stop(*_: object) -> None:
        raise Cancelled("stopped.")

    monkeypatch.setattr(manager, "_load", wait)
    with ThreadPoolExecutor(3) as pool:
        later = pool.submit(manager.get, str(paths[0]))
        try:
            assert loading.wait(60)
            assert pool.submit(manager.get, str(tiny_model_path)).result(60).network is here.network
            assert pool.submit(manager.get, str(paths[1])).result(60) in manager.loaded()
            with pytest.raises(Cancelled):
                manager.get(str(paths[0]), progress=stop)
            again = pool.submit(manager.get, str(paths[0]))
        finally:
            finish.set()
        assert later.result(60).network is again.result(60).network
    assert loads == [str(path) for path in paths], "each once"


def test_models_of_other_libraries_count_in_the_budget(
    manager: ModelManager, tiny_model_path: Path, tmp_path: Path
) -> None:
    network = manager.get(str(tiny_model_path))
    made_of = ["a"]
    loads = []

    def load() -> object:
        loads.append(made_of[0])
        return object()

    held = manager.hold("pipeline", lambda: made_of[0], load, lambda _: 1000)
    assert manager.hold("pipeline", lambda: made_of[0], load, lambda _: 1000) is held
    assert manager.loaded() == [network, held] and held.size_bytes == 1000
    made_of[0] = "b"
    assert manager.hold("pipeline", lambda: made_of[0], load, lambda _: 1000) is not held
    assert loads == ["a", "b"] and len(manager.loaded()) == 2, "the one before went first"
    object.__setattr__(manager.config, "model_memory_mb", 1e-6 * network.size_bytes)
    manager.hold("another", lambda: None, load, lambda _: network.size_bytes)
    assert [model.name for model in manager.loaded()] == ["another"]
    manager.unload("another")
    assert manager.loaded() == []


def test_what_a_model_is_made_of_may_be_known_only_when_it_is_there(manager: ModelManager) -> None:
    files: list[str] = []
    held = manager.hold("pipeline", lambda: tuple(files), lambda: files.append("fetched"), lambda _: 0)
    assert manager.hold("pipeline", lambda: tuple(files), lambda: files.append("again"), lambda _: 0) is held
    assert files == ["fetched"]


def test_a_file_is_read_once_and_not_for_every_picture(
    manager: ModelManager, tmp_path: Path, tiny_model_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from restoration_studio.weights import hashes

    path = tmp_path / "own.pth"
    shutil.copy(tiny_model_path, path)
    read = []
    real = hashes.sha256_of_file
    monkeypatch.setattr(hashes, "sha256_of_file", lambda file: (read.append(file), real(file))[1])
    monkeypatch.setattr(hashes, "_SETTLED", -60.0)  # as if the file had lain there for long
    first = manager.fetch(str(path))
    assert manager.fetch(str(path)) == manager.get(str(path)).sha256 == first and len(read) == 1
    os.utime(path, ns=(1, 1))
    assert manager.fetch(str(path)) == first and len(read) == 2
    monkeypatch.setattr(hashes, "_SETTLED", 1e9)  # changed a moment ago: it may change again within the clock's tick
    os.utime(path, ns=(2, 2))
    assert manager.fetch(str(path)) == manager.fetch(str(path)) == first and len(read) == 4


def test_a_network_says_what_it_takes(manager: ModelManager, tiny_model_path: Path, photograph: FloatArray) -> None:
    upscaler = manager.get(str(tiny_model_path))
    takes = upscaler.capabilities
    assert (takes.scale, takes.input_channels, takes.output_channels, takes.conditions) == (4, 3, 3, ())
    assert takes.tileable and takes.fixed_size is None and takes.channels_last
    with pytest.raises(OtherConditions) as caught:
        upscaler(photograph, 0.5)
    assert (caught.value.takes, caught.value.given) == ((), ("number",))


def test_a_number_is_no_map(manager: ModelManager, tiny_model_path: Path, photograph: FloatArray) -> None:
    """A network that takes a fidelity, named for filling holes, would quietly take the first pixel of the mask."""
    fidelity = Capabilities(conditions=(Condition("fidelity"),))
    model = replace(manager.get(str(tiny_model_path)), capabilities=fidelity, network=lambda face, _: face)
    with pytest.raises(OtherConditions):
        model(photograph, np.ones(photograph.shape[:2], np.float32))
    np.testing.assert_allclose(model(photograph, 0.5), photograph, atol=1e-6)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_architecture_declares_what_it_takes(architecture: str) -> None:
    from importlib import import_module

    module, _, name = ARCHITECTURES[architecture].partition(":")
    network = getattr(import_module(module), name)
    if name == "ContextEncoder":
        network = network((4, 4), size=(16, 16))
        assert network.capabilities.fixed_size == (16, 16)
    assert isinstance(network.capabilities, Capabilities)
