"""The form of every notebook: lessons, exercises and solutions."""

import re
import statistics
import warnings
from pathlib import Path
from urllib.parse import unquote

import nbformat
import pytest

ROOT = Path(__file__).parents[1]
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
ALL = [
    *LESSONS,
    *sorted((ROOT / "exercises").glob("[0-9]*/*.ipynb")),
    *sorted((ROOT / "solutions").glob("[0-9]*/*.ipynb")),
]
# Folders that exist on one machine only.
MACHINE = re.compile(r"(?<![\w.])/(?:root|home|tmp|work|Users)/|\b[A-Z]:\\\\?Users")


def each(paths: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("path", paths, ids=lambda path: str(path.relative_to(ROOT)))


def cells(path: Path, kind: str | None = None) -> list[tuple[int, nbformat.NotebookNode]]:
    found = enumerate(nbformat.read(path, as_version=4).cells, 1)
    return [(number, cell) for number, cell in found if kind in (None, cell.cell_type)]


def anchors(path: Path) -> set[str]:
    """What links into a notebook can name: its headings as JupyterLab's ids, without the marks of code, and ids."""
    text = "\n".join(cell.source for _, cell in cells(path, "markdown"))
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {heading.strip().replace("`", "").replace(" ", "-") for heading in headings} | set(
        re.findall(r'id="([^"]+)"', text)
    )


@each(ALL)
def test_it_is_valid_and_its_cells_have_ids(path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # nbformat only warns of missing and repeated ids
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    ids = [cell.get("id") for cell in notebook.cells]
    assert all(ids) and len(set(ids)) == len(ids)


@each(ALL)
def test_its_kernel_has_no_name_of_one_machine(path):
    kernel = nbformat.read(path, as_version=4).metadata.get("kernelspec", {})
    assert kernel.get("name") == "python3", "the kernelspec should be python3"
    assert kernel.get("display_name") in ("Python 3", "Python 3 (ipykernel)"), f"rename kernel {kernel!r} to Python 3"


@each(ALL)
def test_it_names_no_folder_of_one_machine(path):
    for number, cell in cells(path):
        found = MACHINE.search(cell.source) or MACHINE.search(str(text_of(cell)))
        assert not found, f"cell {number} holds a path of one machine: {found.group()}"


def text_of(cell: nbformat.NotebookNode) -> list[str]:
    """All text that the outputs of a cell hold."""
    texts = []
    for output in cell.get("outputs", []):
        if output.output_type == "error":
            texts += output.traceback
        elif output.output_type == "stream":
            texts.append(output.text)
        else:
            texts += [str(value) for kind, value in output.data.items() if not kind.startswith("image/png")]
    return texts


@each(ALL)
def test_its_outputs_hold_no_errors_and_no_warnings(path):
    for number, cell in cells(path, "code"):
        for output in cell.outputs:
            if output.output_type == "error":
                meant = "raises-exception" in cell.metadata.get("tags", [])
                assert meant, f"cell {number} stores an error and is not tagged raises-exception"
            assert output.get("name") != "stderr", f"cell {number} stores a warning: {output.text[:200]}"


@each(ALL)
def test_its_pictures_have_alt_text(path):
    for number, cell in cells(path):
        for output in cell.get("outputs", []):
            for kind in output.get("data", {}):
                if kind.startswith("image/"):
                    alt = output.metadata.get(kind, {}).get("alt", "")
                    assert alt.strip(), f"cell {number} stores a picture without alt text: use plot.show(figure, alt)"
            for tag in re.findall(r"<img\b[^>]*>", str(output.get("data", {}).get("text/html", ""))):
                assert re.search(r'\balt="[^"]', tag), f"cell {number} shows a picture without alt text: {tag[:80]}"
        if cell.cell_type == "markdown":
            assert not re.search(r"!\[\s*\]\(", cell.source), f"cell {number} has a picture without alt text"
            for tag in re.findall(r"<img\b[^>]*>", cell.source):
                assert re.search(r'\balt="[^"]', tag), f"cell {number} has a picture without alt text: {tag[:80]}"


@each(ALL)
def test_its_links_lead_somewhere(path):
    for number, cell in cells(path, "markdown"):
        prose = re.sub(r"```.*?```|`[^`\n]*`", "", cell.source, flags=re.DOTALL)
        links = re.findall(r"\]\(<?([^)\s>]+)>?[^)]*\)", prose) + re.findall(r'(?:href|src)="([^"]+)"', prose)
        for link in links:
            if re.match(r"[a-z]+:", link):
                continue
            file, _, anchor = unquote(link).partition("#")
            target = (path.parent / file).resolve() if file else path
            assert target.exists(), f"cell {number} links to {link}, which does not exist"
            if anchor and target.suffix == ".ipynb":
                assert anchor in anchors(target), (
                    f"cell {number} links to #{anchor}, and {target.name} has no such heading"
                )


@each(LESSONS)
def test_a_lesson_is_stored_as_it_ran(path):
    for number, cell in cells(path, "code"):
        if cell.source.strip():
            assert cell.execution_count, f"cell {number} was not run: run `make execute`"
        if "show_quiz(" in cell.source:
            assert not cell.outputs, f"cell {number} stores a quiz, which shows nothing: clear its output"
    counts = [cell.execution_count for _, cell in cells(path, "code") if cell.source.strip()]
    assert counts == sorted(counts), "the cells were run out of order: run `make execute`"


@each(LESSONS)
def test_a_lesson_has_short_cells(path):
    lengths = {number: len(cell.source.splitlines()) for number, cell in cells(path, "code")}
    long = [number for number, length in lengths.items() if length > 30]
    assert not long, f"cells of more than 30 lines: {long}"
    assert statistics.median(lengths.values()) <= 10
