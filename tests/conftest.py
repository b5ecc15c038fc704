"""The replicas of the hub's models and data sets, served for as long as the tests run."""

import os

import pytest
from assignments import ROOT

from scripts import serve_replicas

os.environ["COURSE_PROGRESS"] = "off"  # a test never touches a learner's guesses

# on the CPU, the same everywhere; `make hub` takes a GPU where there is one
THREADS = {
    "OMP_NUM_THREADS": "1",
    "CUDA_VISIBLE_DEVICES": "",
    "TOKENIZERS_PARALLELISM": "false",
    "PYTHONPATH": str(ROOT),
}


@pytest.fixture(scope="session")
def hub(tmp_path_factory):
    with serve_replicas.hub(tmp_path_factory.mktemp("hub")) as environment:
        yield environment | THREADS
