"""Run a suite of the kit in a pytest of its own, and hear what became of each rule."""

from __future__ import annotations

import json

import pytest

__all__ = ["outcomes", "results"]


def results(pytester: pytest.Pytester, suite: str, *arguments: str) -> dict[str, dict[str, str]]:
    """Give outcome and reason by rule of the one suite in a module's text."""
    pytester.makepyfile(suite)
    report = pytester.path / "report.json"
    pytester.inline_run("-q", "-p", "no:xdist", "-p", "no:cacheprovider", "--cardprint-report", str(report), *arguments)
    (suite_,) = json.loads(report.read_text("utf-8"))["suites"].values()
    return dict(suite_["rules"])


def outcomes(pytester: pytest.Pytester, suite: str, *arguments: str) -> dict[str, str]:
    """Give the outcome by rule."""
    return {number: result["outcome"] for number, result in results(pytester, suite, *arguments).items()}
