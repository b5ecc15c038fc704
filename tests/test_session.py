"""The first cell of every lesson: what it sets and what it says when something is missing."""

import importlib.metadata
import os

import pytest

from course_utils import memory, session


def test_start_is_offline_and_points_to_what_is_shipped(monkeypatch):
    monkeypatch.delenv("COURSE_PROFILE", raising=False)
    course = session.start("00")
    assert os.environ["HF_HUB_OFFLINE"] == "1" and course.profile == "tiny"
    assert all(os.path.exists(path) for path in (course.base, course.early_base, course.chat_template))
    assert course.seconds() < 60


def test_unknown_profile(monkeypatch):
    monkeypatch.setenv("COURSE_PROFILE", "huge")
    with pytest.raises(ValueError, match="COURSE_PROFILE='huge' is not known: set it to tiny"):
        session.start("00")


def test_old_or_missing_library_says_what_to_do(monkeypatch):
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "0.1")
    with pytest.raises(RuntimeError, match="torch 0.1 is too old.*pip install"):
        session.start("00")

    def missing(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", missing)
    with pytest.raises(RuntimeError, match="torch is not installed: run"):
        session.start("00")


def test_settings_make_a_config_on_this_machine(tmp_path):
    from trl import SFTConfig

    assert not SFTConfig(output_dir=str(tmp_path), **session.start("00").hardware).bf16


def test_environment_and_memory():
    assert {row["part"] for row in session.environment()} >= {"Python", "torch", "GPU"}
    assert memory.peak_memory_mb() > 50


def test_the_bounds_are_those_of_the_installed_package():
    """Where pyproject.toml isn't there, the installed package says the same."""
    from packaging.requirements import Requirement

    asked = {r.name: str(r.specifier) for r in map(Requirement, importlib.metadata.requires("sft-course"))}
    assert {name: f">={oldest}" for name, oldest in session.needed().items()}.items() <= asked.items()
