"""Pasted pictures: what the browser sends is read, and nothing else is."""

from __future__ import annotations

import pytest

from restoration_studio.errors import InputError
from restoration_studio.studio.core.uploads import decode_pasted


def test_a_pasted_picture_is_read() -> None:
    pasted = decode_pasted({"name": "a.png", "data": "data:image/png;base64,iVBORw=="})
    assert (pasted.name, pasted.data) == ("a.png", b"\x89PNG")


@pytest.mark.parametrize("data", ["", "hello", "data:text/html;base64,aGk=", "data:image/png;base64,???"])
def test_anything_else_is_refused(data: str) -> None:
    with pytest.raises(InputError, match="pasted"):
        decode_pasted({"name": "a.png", "data": data})
