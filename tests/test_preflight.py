"""preflight on jobs with one fault each, which it must find, and on sound ones, of which it must say nothing bad."""

import pytest
from preflight_jobs import PLANTED, SOUND, Parts

from course_utils.preflight import preflight


def looked_at(parts, folder, monkeypatch):
    job = parts.write(folder / "job")
    monkeypatch.chdir(job.parent)
    return preflight("job.yaml", **parts.rented)


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_found(name, tmp_path, monkeypatch):
    kind, spoil = PLANTED[name]
    found = looked_at(spoil(Parts()), tmp_path, monkeypatch)
    assert kind in found.kinds("stop", "warn"), found.kinds()


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_job_gives_no_alarm(name, tmp_path, monkeypatch):
    found = looked_at(SOUND[name](Parts()), tmp_path, monkeypatch)
    assert not found.kinds("stop", "warn"), found
