"""What a diagnosis says: findings, as text, as a small page, and as a figure."""

from dataclasses import dataclass, field
from html import escape

import numpy as np

from helpers.plotting.figure import lesson_style, panels

FAULTS = {
    "vanishing_gradient": "12_a_hundred_layers",
    "exploding_gradient": "17_exploding_gradients",
    "dead_units": "10_dying_relu",
    "saturation": "14_inside_glorots_paper",
    "bad_initialisation": "15_he_and_depth",
    "learning_rate_too_large": "05_what_an_optimiser_hides",
    "learning_rate_too_small": "05_what_an_optimiser_hides",
    "wrong_output_or_loss": "01_two_circles",
    "unscaled_inputs": "18_normalise",
    "missing_clipping": "17_exploding_gradients",
    "non_finite_loss": "17_exploding_gradients",
    "batch_norm_mode": "18_normalise",
    "no_symmetry_breaking": "11_break_the_symmetry",
    "frozen_layers": "03_watch_the_gradients",
    "shared_initialiser": "11_break_the_symmetry",
    "optimizer_of_another_model": "05_what_an_optimiser_hides",
}


@dataclass(frozen=True)
class Finding:
    """One fault.

    Attributes:
        fault: One of ``FAULTS``.
        layer: The name of the layer where it shows, None if it is of the whole net.
        evidence: What was measured, in numbers.
        remedy: A line of Keras, or of NumPy.
        lesson: The notebook that explains it.
        certainty: 0 to 1; checked on nets whose fault was known (``benchmarks/README.md``).

    Example:
        >>> Finding("dead_units", "hidden", "8 of 8 units", "...", "notebooks/10_dying_relu", 0.9).fault
        'dead_units'
    """

    fault: str
    layer: str | None
    evidence: str
    remedy: str
    lesson: str
    certainty: float


@dataclass(frozen=True, eq=False)
class Report:
    """What was found; shows itself as a page in a notebook and as text in a terminal.

    Attributes:
        findings: Tuple of Finding, the most likely first; empty for a healthy net.
        profile: ``{quantity: {layer: number}}``: what was measured through the layers before training.
        unseen: Names of layers that could not be looked into.
        summary: One sentence on how a copy of the net trained.
        trains: Whether a copy trained; None where none was tried.

    Example:
        >>> Report((), {}, (), "the loss fell").healthy
        True
    """

    findings: tuple
    profile: dict = field(default_factory=dict)
    unseen: tuple = ()
    summary: str = ""
    trains: bool | None = None

    @property
    def healthy(self):
        """Whether nothing was found."""
        return not self.findings

    @property
    def heading(self):
        """What was found, in a sentence."""
        if self.findings:
            return f"{_count(self.findings)} found, the most likely first."
        return "No fault found." if self.trains is not False else "It does not learn, and no cause was found."

    def __str__(self):
        lines = [self.heading]
        lines += [self.summary] if self.summary else []
        for k, one in enumerate(self.findings, 1):
            where = f" in layer {one.layer!r}" if one.layer else ""
            lines += [
                f"{k}. {one.fault}{where} (certainty {one.certainty:.0%})",
                f"   seen:   {one.evidence}",
                f"   remedy: {one.remedy}",
                f"   lesson: {one.lesson}",
            ]
        if self.unseen:
            lines.append(f"Not looked into: {', '.join(self.unseen)}.")
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self):
        parts = [f"<h4>{self.heading}</h4>", f"<p>{escape(self.summary)}</p>"]
        if self.findings:
            rows = [
                f"<tr><td><b>{escape(f.fault)}</b></td><td>{escape(f.layer or '')}</td><td>{escape(f.evidence)}</td>"
                f"<td><code>{escape(f.remedy)}</code></td><td>{escape(f.lesson)}</td><td>{f.certainty:.0%}</td></tr>"
                for f in self.findings
            ]
            names = ("fault", "layer", "seen", "remedy", "lesson", "certainty")
            head = "".join(f"<th>{name}</th>" for name in names)
            parts.append(f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>")
        if self.unseen:
            parts.append(f"<p>Not looked into: {escape(', '.join(self.unseen))}.</p>")
        return "".join(parts)

    @lesson_style()
    def plot(self):
        """Draw what was measured through the layers, one panel for each quantity, sick layers in red.

        Returns:
            ``(figure, axes)``; axes is a list, one for each quantity.
        """
        shown = {name: values for name, values in self.profile.items() if values}
        figure, axes = panels(max(1, len(shown)))
        sick = {one.layer for one in self.findings}
        for axis, (quantity, values) in zip(axes, shown.items(), strict=False):
            heights = np.array(list(values.values()), float)
            places = np.arange(1, len(heights) + 1)
            drawn = np.isfinite(heights)
            colours = np.array(["tab:red" if layer in sick else "tab:blue" for layer in values])
            axis.plot(places[drawn], heights[drawn], color="0.7", zorder=1)
            axis.scatter(places[drawn], heights[drawn], c=colours[drawn], zorder=2)
            if drawn.any() and (heights[drawn] > 0).all() and "share" not in quantity:
                axis.set_yscale("log")
            axis.set(xlabel="layer", ylabel=quantity)
        return figure, axes


def _count(findings):
    return "1 fault" if len(findings) == 1 else f"{len(findings)} faults"
