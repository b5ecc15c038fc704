"""What is drawn is what was given, with words for those who can't see it."""

import pytest

from course_utils import plot
from course_utils.evaluate import mean_intervals
from course_utils.table import side_by_side


def shown(monkeypatch):
    import IPython.display

    calls = []
    monkeypatch.setattr(IPython.display, "display", lambda data, **more: calls.append((data, more)))
    return calls


def test_show_gives_a_picture_and_its_words(monkeypatch):
    calls = shown(monkeypatch)
    plot.show(plot.loss_curve([{"loss": 2.0, "step": 1}, {"loss": 1.0, "step": 2}], "It falls"), "A loss that falls.")
    [(bundle, more)] = calls
    assert bundle["image/png"].startswith(b"\x89PNG") and more["metadata"]["image/png"]["alt"] == "A loss that falls."
    with pytest.raises(ValueError, match="at least four words"):
        plot.show(plot.plt.figure(), "a figure")


def test_bars_are_the_means():
    figure = plot.interval_bars(mean_intervals({"a": [0, 1, 1, 1], "b": [0.5, 0.5]}), "title", "x")
    assert [bar.get_width() for bar in figure.axes[0].patches] == [0.75, 0.5]
    assert [text.get_text() for text in figure.axes[0].texts] == ["0.75", "0.50"]


def test_loss_curve_takes_only_training_rows():
    history = [{"loss": 2.0, "step": 1}, {"eval_loss": 9.0, "step": 1}, {"train_runtime": 1.0, "step": 1}]
    line = plot.loss_curve(history, "t").axes[0].lines[0]
    assert list(line.get_ydata()) == [2.0]


def test_seeds_are_dots_and_their_mean_a_line():
    figure, axes = plot.plt.subplots()
    plot.seed_line(axes, {1e-3: [0.9, 1.0], 2e-3: [0.5]}, "strict", plot.GREEN)
    line, dots = axes.lines
    assert [list(values) for values in line.get_data()] == [[1e-3, 2e-3], [0.95, 0.5]]
    assert [list(values) for values in dots.get_data()] == [[1e-3, 1e-3, 2e-3], [0.9, 1.0, 0.5]]
    plot.plt.close(figure)


def test_tables_escape_what_models_write():
    shown = side_by_side(["a <b> sheet"], base_model=["<script>"])
    assert "<script>" not in shown._repr_html_() and "base model" in repr(shown)


def test_text_panels_hold_the_texts():
    figure = plot.text_panels({"one": "a b c", "two": "d"}, "t")
    assert [axis.texts[0].get_text() for axis in figure.axes[:2]] == ["a b c", "d"]
