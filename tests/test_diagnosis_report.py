"""What a report shows: text, a page, a figure; every rule can be read, every lesson exists."""

from pathlib import Path

import matplotlib.pyplot as plt
import pytest

from helpers.diagnosis import BOUNDS, FAULTS, Finding, Report

ROOT = Path(__file__).resolve().parent.parent
SICK = Finding("dead_units", "hidden<1>", "8 of 8 units", "Dense(8)", "notebooks/10_dying_relu", 0.9)
PROFILE = {"signal": {"hidden<1>": 0.1, "end": 1.0}, "share of dead units": {"hidden<1>": 1.0}, "empty": {}}


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


@pytest.mark.parametrize("lesson", sorted(set(FAULTS.values())))
def test_each_lesson_exists(lesson):
    assert (ROOT / "notebooks" / f"{lesson}.ipynb").is_file()


@pytest.mark.parametrize("name", BOUNDS)
def test_each_rule_says_why_and_where_from(name):
    rule = BOUNDS[name]
    assert rule.bound > 0 and rule.quantity and rule.why and rule.source


def test_the_text_names_fault_layer_evidence_remedy_and_lesson():
    text = str(Report((SICK,), PROFILE, ("odd",), "A copy trained."))
    for part in ("1 fault found", "dead_units", "hidden<1>", "8 of 8", "Dense(8)", "10_dying_relu", "90%", "odd"):
        assert part in text
    assert repr(Report((SICK,))) == str(Report((SICK,)))


def test_the_page_is_escaped():
    page = Report((SICK,), PROFILE, ("odd<",), "x < 1")._repr_html_()
    assert "hidden&lt;1&gt;" in page and "odd&lt;" in page and "x &lt; 1" in page and "<table>" in page


def test_a_healthy_report_says_so():
    report = Report((), {}, (), "A copy trained.")
    assert report.healthy and str(report).startswith("No fault found.")
    assert "No fault found." in report._repr_html_() and "<table>" not in report._repr_html_()


def test_the_plot_marks_the_sick_layer_and_leaves_out_what_is_empty():
    figure, axes = Report((SICK,), PROFILE).plot()
    assert [axis.get_ylabel() for axis in axes] == ["signal", "share of dead units"]
    colours = axes[0].collections[0].get_facecolors()
    assert tuple(colours[0]) != tuple(colours[1])
    assert figure.axes == axes


def test_an_empty_profile_can_be_plotted():
    assert len(Report(()).plot()[1]) == 1
