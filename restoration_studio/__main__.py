"""``restoration-studio`` and ``python -m restoration_studio``: the studio's page, and what else is run by name."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

USAGE = """usage: restoration-studio [COMMAND] [OPTIONS]

commands:
  page      open the studio's page (the default); restoration-studio page --help for its options
  restore   restore pictures, folders and films; the same as the command 'restore'
  weights   list, fetch and verify pretrained weights"""


def _page() -> Callable[[list[str]], int]:
    from restoration_studio.studio.launch import main

    return main


def _restore() -> Callable[[list[str]], int]:
    from restoration_studio.cli.main import main

    return main


def _weights() -> Callable[[list[str]], int]:
    from restoration_studio.weights.__main__ import main

    return main


# Each is imported only when it is asked for.
_COMMANDS: dict[str, Callable[[], Callable[[list[str]], int]]] = {
    "page": _page,
    "restore": _restore,
    "weights": _weights,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that is named, else open the page; gives the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] in (["--help"], ["-h"]):
        print(USAGE)
        return 0
    if words[:1] == ["--version"]:
        from restoration_studio.config import VERSION

        print(f"restoration-studio {VERSION}")
        return 0
    name = words[0] if words else ""
    if name and not name.startswith("-") and name not in _COMMANDS:
        print(f"restoration-studio: there is no command '{name}'; see restoration-studio --help.", file=sys.stderr)
        return 2
    return _COMMANDS[name]()(words[1:]) if name in _COMMANDS else _page()(words)


if __name__ == "__main__":
    sys.exit(main())
