"""Gradients clipped by PyTorch: the independent side of a test.

``python tests/reference/torch_clipping.py`` writes torch_clipping.json anew (PyTorch 2.13, float64).
"""

import json
from pathlib import Path

import numpy as np

STORED = Path(__file__).with_suffix(".json")
LIMITS = (0.5, 3.0, 50.0)
SHAPES = ((2, 5), (5,), (5, 1))


def gradients():
    """Arrays from formulas: no generator has to agree. Their norms differ; together it is about 7."""
    return [(1.0 + k) * np.sin(0.7 + 1.3 * np.arange(np.prod(s))).reshape(s) for k, s in enumerate(SHAPES)]


def by_torch(limit):
    """What PyTorch makes of the gradients: by the norm of all, by that of each, and by value."""
    import torch

    def clip(function, groups):
        weights = [torch.nn.Parameter(torch.zeros(s, dtype=torch.float64)) for s in SHAPES]
        for weight, g in zip(weights, gradients(), strict=True):
            weight.grad = torch.tensor(g)
        for group in groups(weights):
            function(group, limit)
        return [w.grad.tolist() for w in weights]

    return {
        "global_clipnorm": clip(torch.nn.utils.clip_grad_norm_, lambda weights: [weights]),
        "clipnorm": clip(torch.nn.utils.clip_grad_norm_, lambda weights: [[w] for w in weights]),
        "clipvalue": clip(torch.nn.utils.clip_grad_value_, lambda weights: [weights]),
    }


if __name__ == "__main__":
    STORED.write_text(json.dumps({str(limit): by_torch(limit) for limit in LIMITS}, indent=1) + "\n")
