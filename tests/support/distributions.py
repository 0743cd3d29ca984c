"""Real distributions, made in a temporary folder and put on the path."""

from __future__ import annotations

import base64
import hashlib
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

__all__ = ["Install", "install"]

Install = Callable[..., Path]


def hashed(file: Path) -> str:
    digest = hashlib.sha256(file.read_bytes()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Install a distribution: its module's text, its entry points, its metadata."""
    site = tmp_path / "site"
    site.mkdir(mode=0o700)
    monkeypatch.syspath_prepend(site)
    before, path = set(sys.modules), list(sys.path)

    def make(
        distribution: str,
        code: str | None,
        *,
        module: str = "",
        entry_points: str | None = None,
        metadata: str | None = None,
        requires: tuple[str, ...] = (),
        files: Mapping[str, str] | None = None,
        editable: bool = False,
    ) -> Path:
        module = module or distribution.replace("-", "_")
        if code is not None:
            (site / f"{module}.py").write_text(code, encoding="utf-8")
        info = site / f"{distribution.replace('-', '_')}-1.2.dist-info"
        info.mkdir()
        lines = [f"Name: {distribution}", "Version: 1.2", *(f"Requires-Dist: {each}" for each in requires)]
        (info / "METADATA").write_text(
            "\n".join(["Metadata-Version: 2.1", *lines, ""]) if metadata is None else metadata,
            encoding="utf-8",
        )
        announced = f"[cardprint]\n{distribution} = {module}\n" if entry_points is None else entry_points
        (info / "entry_points.txt").write_text(announced, encoding="utf-8")
        if editable:
            (info / "direct_url.json").write_text('{"url": "file:///src", "dir_info": {"editable": true}}')
        if files is not None:
            for name, text in files.items():
                (site / name).parent.mkdir(exist_ok=True)
                (site / name).write_text(text, encoding="utf-8")
            listed = [site / name for name in files] + [file for file in info.iterdir() if file.name != "RECORD"]
            rows = [f"{file.relative_to(site).as_posix()},sha256={hashed(file)}," for file in listed]
            (info / "RECORD").write_text("\n".join([*rows, f"{info.name}/RECORD,,", ""]), encoding="utf-8")
        return site

    yield make
    sys.path[:] = path
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]
