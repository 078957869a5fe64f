"""What all visitors share, one pipeline with one ModelManager and the queue; and the session of each."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

import streamlit as st

from restoration_studio.config import Config
from restoration_studio.errors import WeightsError
from restoration_studio.models import ModelManager
from restoration_studio.pipeline import RestorationPipeline
from restoration_studio.studio.core.jobs import JobQueue
from restoration_studio.studio.core.result_memory import ResultMemoryLimiter
from restoration_studio.studio.core.session import Session


@dataclass(frozen=True)
class Service:
    """One for the whole server; no picture of any visitor is kept in it but in the bounded stage cache."""

    pipeline: RestorationPipeline
    queue: JobQueue
    result_memory: ResultMemoryLimiter


@st.cache_resource(show_spinner=False)
def service() -> Service:
    """The server's pipeline and queue, made by the first visitor."""
    config = Config.load()
    if not config.offline:
        threading.Thread(target=_fetch_detector, args=(config,), daemon=True, name="detector").start()
    models = ModelManager(config)
    return Service(RestorationPipeline(models=models), JobQueue(), ResultMemoryLimiter())


def _fetch_detector(config: Config) -> None:
    """The quarter of a megabyte with which pictures are looked at for faces; without it nobody looks."""
    from restoration_studio.faces.quick_detector import MODEL
    from restoration_studio.weights.fetch import ensure

    try:
        ensure(MODEL, config=config)
    except WeightsError as error:
        logging.getLogger(__name__).warning("pictures are not looked at for faces: %s", error)


def bytes_to_fetch(models: Iterable[str]) -> int:
    """How much of the weights of these models is not on this machine yet."""
    from restoration_studio.weights.catalogue import MODELS
    from restoration_studio.weights.store import present

    config = service().pipeline.config
    missing = [MODELS[name] for name in models if name in MODELS and not any(present(MODELS[name], config))]
    return sum(model.sources[0].size or 0 for model in missing)


def visitor() -> str:
    """A name for this visit, told to nobody."""
    if "visitor" not in st.session_state:
        st.session_state.visitor = uuid.uuid4().hex
    return str(st.session_state.visitor)


def session() -> Session:
    """This visitor's session."""
    if "session" not in st.session_state:
        st.session_state.session = Session()
        service().result_memory.watch(st.session_state.session)
    state: Session = st.session_state.session
    return state
