"""The two scripts behind the weekly workflow: a plain installation, and notebooks alone. Without a network."""

import subprocess
import sys

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from scripts import install_plain, run_alone


@pytest.mark.parametrize(("names", "said", "status"), [(["good"], "1 of 1", 0), (["good", "bad"], "1 of 2", 1)])
def test_a_module_that_cannot_be_imported_is_named(tmp_path, names, said, status):
    (tmp_path / "course_utils").mkdir()
    for name in ["__init__", *names]:
        source = "import a_package_that_nobody_has" if name == "bad" else ""
        (tmp_path / "course_utils" / f"{name}.py").write_text(source)
    command = [sys.executable, "-c", install_plain.IMPORTS]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert ran.returncode == status and said in ran.stdout, ran.stderr
    assert ("course_utils.bad: ModuleNotFoundError: No module named 'a_package" in ran.stdout) == bool(status)


@pytest.mark.parametrize(
    ("source", "status", "said"),
    [
        ("print('✓ it learns')", 0, "00_x.ipynb: ran alone"),
        ("print('✗ it learns: you got 0.1')", 1, "a claim came out otherwise: ✗ it learns: you got 0.1"),
        ("open('../00_x.ipynb')", 1, "cell 3 stopped with FileNotFoundError"),
    ],
)
def test_a_notebook_runs_alone_and_what_fails_is_told(tmp_path, monkeypatch, capsys, source, status, said):
    monkeypatch.chdir(tmp_path)
    cells = [new_markdown_cell("# 00 · Title"), new_code_cell(source)]
    nbformat.write(new_notebook(cells=cells), "00_x.ipynb")
    assert run_alone.main(["file:///nowhere", "main", "00_x.ipynb"]) == status
    assert said in capsys.readouterr().out


def test_a_wrong_request_is_told(capsys):
    assert run_alone.main(["file:///nowhere"]) == 2
    assert "ADDRESS BRANCH NOTEBOOK" in capsys.readouterr().err
