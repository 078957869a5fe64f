"""The training loop, top to bottom, for every experiment; Hugging Face accelerate does devices and precision."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from restoration_studio.errors import RestorationError
from restoration_studio.training.checkpoint import FILENAME, Checkpoint
from restoration_studio.training.config import TrainingConfig
from restoration_studio.training.errors import RunOfAnotherNetwork
from restoration_studio.training.experiment import Experiment
from restoration_studio.training.samples import PictureSamples, SamplesOrErrors, collate

if TYPE_CHECKING:
    import torch

_PRECISIONS = {"float32": "no", "bfloat16": "bf16", "float16": "fp16"}


def train(
    experiment: Experiment[Any],
    run: Path,
    *,
    stop_after: int | None = None,
    other_pictures: bool = False,
    say: Callable[[str], None] = lambda line: None,
) -> Checkpoint:
    """Train until the configuration's last step, going on from the checkpoint in ``run`` where there is one.

    Args:
        experiment: with its configuration.
        run: folder for the checkpoint, TensorBoard logs and sample sheets.
        stop_after: end this call, with a checkpoint, once so many steps are done in all.
        other_pictures: go on although the pictures are not those the run began with.
        say: gets a line of progress now and then.

    Raises:
        InputError: the data cannot be read.
        UsageError: the checkpoint in ``run`` belongs to another training.
        OutputError: ``run`` cannot be made.
    """
    import torch
    from accelerate import Accelerator
    from torch.optim.swa_utils import AveragedModel
    from torch.utils.data import DataLoader

    config = experiment.config
    accelerator = Accelerator(
        mixed_precision=_PRECISIONS[config.precision],
        cpu=config.device == "cpu",
        log_with="tensorboard",
        project_dir=str(run),
    )
    tell = say if accelerator.is_main_process else lambda line: None
    torch.manual_seed(config.seed)
    samples = PictureSamples(config, experiment.sample)
    networks = {name: network.to(memory_format=torch.channels_last) for name, network in experiment.networks().items()}
    if not (run / FILENAME).exists():
        experiment.begin(networks)
        _begin_with(config, networks[experiment.shipped])
    shipped = networks[experiment.shipped]
    average = AveragedModel(shipped, multi_avg_fn=_moving_average(config.average), use_buffers=True)
    optimizers = {
        name: torch.optim.AdamW(
            [weight for weight in network.parameters() if weight.requires_grad],
            lr=config.learning_rate,
            betas=config.betas,
            weight_decay=config.weight_decay,
        )
        for name, network in networks.items()
    }
    checkpoint = Checkpoint.open(run, config, samples.fingerprint(), other_pictures=other_pictures)
    checkpoint.restore(networks, optimizers, average)
    first, last = checkpoint.step, min(config.steps, stop_after or config.steps)

    networks = {name: accelerator.prepare(network) for name, network in networks.items()}
    optimizers = {name: accelerator.prepare(optimizer) for name, optimizer in optimizers.items()}
    average.to(accelerator.device)
    lanes = accelerator.num_processes * config.batch  # samples of a step, all processes together
    loader = accelerator.prepare(
        DataLoader(
            SamplesOrErrors(samples),  # type: ignore[arg-type]
            collate_fn=collate,
            batch_size=config.batch,
            sampler=range(first * lanes, last * lanes),
            num_workers=config.workers,
            worker_init_fn=_one_thread,
            persistent_workers=config.workers > 0,
        )
    )
    accelerator.init_trackers("logs")
    saved, clock, seen = time.monotonic(), time.monotonic(), 0
    for step, batch in zip(range(first, last), _checked(loader), strict=False):
        figures: dict[str, torch.Tensor] = {}
        for update in experiment.updates(networks, batch, step):
            optimizer, network = optimizers[update.network], networks[update.network]
            _set_learning_rate(optimizer, config.learning_rate_at(step))
            accelerator.backward(update.loss)
            norm = accelerator.clip_grad_norm_(network.parameters(), config.clip)
            optimizer.step()
            for one in optimizers.values():  # a network that only passed a gradient on must not keep it
                one.zero_grad(set_to_none=True)
            figures |= {**update.figures, f"{update.network} loss": update.loss.detach()}
            figures[f"{update.network} gradient"] = torch.as_tensor(norm)
        average.update_parameters(accelerator.unwrap_model(networks[experiment.shipped]))
        checkpoint.step, seen = step + 1, seen + lanes

        if (step + 1) % config.log_steps == 0 or step + 1 == last:
            values = {name: float(value) for name, value in figures.items()}
            accelerator.log(values, step=step + 1)
            seconds = time.monotonic() - clock
            checkpoint.seconds += seconds
            pace = seen / max(seconds, 1e-9)
            left = (config.steps - step - 1) * lanes / max(pace, 1e-9) / 60
            shown = ", ".join(f"{name} {value:.4g}" for name, value in values.items())
            tell(f"step {step + 1} of {config.steps}: {shown}; {pace:.1f} samples/s, {left:.0f} min left")
            clock, seen = time.monotonic(), 0
        due = (time.monotonic() - saved) / 60 >= config.checkpoint_minutes or step + 1 == last
        if due and accelerator.is_main_process:
            plain = {name: accelerator.unwrap_model(network) for name, network in networks.items()}
            checkpoint.save(plain, optimizers, average)
            saved = time.monotonic()
        if ((step + 1) % config.sheet_steps == 0 or step + 1 == config.steps) and accelerator.is_main_process:
            _save_sheet(experiment, average.module, batch, run / "sheets" / f"{step + 1:07d}.png")
    tell(f"{checkpoint.step} of {config.steps} steps are done; the checkpoint is {run / FILENAME}.")
    accelerator.end_training()
    return checkpoint


def _begin_with(config: TrainingConfig, network: torch.nn.Module) -> None:
    """The weights an earlier run ended with, where the configuration names one."""
    if config.start is None:
        return
    from restoration_studio.networks.unet import UNet
    from restoration_studio.training.export import averaged_network

    load = network.begin_with if isinstance(network, UNet) else network.load_state_dict
    try:
        load(averaged_network(Path(config.start))[0].state_dict())
    except RuntimeError as error:
        raise RunOfAnotherNetwork(run=Path(config.start)) from error


def _moving_average(most: float) -> Callable[..., None]:
    """An exponential moving average that forgets the first steps sooner, so that a short run's is no half-taught one.

    The weight of what was before is (1 + n) / (10 + n) after n steps, and ``most`` in the end, as in TensorFlow's.
    """
    from torch.optim.swa_utils import get_ema_multi_avg_fn

    def update(averaged: Any, current: Any, done: Any) -> None:
        steps = int(done)
        get_ema_multi_avg_fn(min(most, (1 + steps) / (10 + steps)))(averaged, current, done)

    return update


def _checked(batches: Iterable[Any]) -> Iterator[Any]:
    """The batches; raises the error that came in the place of one, see ``samples.collate``."""
    for batch in batches:
        if isinstance(batch, RestorationError):
            raise batch
        yield batch


def _one_thread(worker: int) -> None:
    """Processes that prepare samples leave the processor's cores to the network, and ctrl-C to the main process."""
    import signal

    import cv2
    import torch

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(0)
    torch.set_num_threads(1)


def _set_learning_rate(optimizer: Any, rate: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] = rate


def _save_sheet(experiment: Experiment[Any], network: Any, batch: dict[str, torch.Tensor], path: Path) -> None:
    """What the averaged network makes of the last batch: one row a sample."""
    import torch

    was_training = network.training
    network.eval()
    with torch.no_grad():
        columns = experiment.sheet(network, {name: value[:8] for name, value in batch.items()})
    network.train(was_training)
    write_sheet(columns, path)


def write_sheet(columns: Iterable[torch.Tensor], path: Path) -> None:
    """Columns of pictures, each (N, 3, H, W) from 0 to 1, as one PNG."""
    from PIL import Image

    shown = [column.detach().float().clamp(0, 1).cpu().permute(0, 2, 3, 1).numpy() for column in columns]
    sheet = np.concatenate([np.concatenate(list(column), axis=0) for column in shown], axis=1)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray((sheet * 255).round().astype(np.uint8)).save(path)
