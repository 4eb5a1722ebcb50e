"""Gradients of a 2-5-5-1 net computed by PyTorch: the independent side of a test.

``python tests/reference/torch_gradients.py`` writes torch_gradients.json anew (PyTorch 2.13, float64).
"""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np

STORED = Path(__file__).with_suffix(".json")
WIDTHS = (2, 5, 5, 1)
ACTIVATIONS = ("sigmoid", "tanh", "relu")


def problem():
    """Kernels (i, o), biases, X (16, 2) and y (16,) from formulas: no generator has to agree."""
    kernels = [np.sin(1.0 + k + 1.7 * np.arange(a * b)).reshape(a, b) for k, (a, b) in enumerate(pairwise(WIDTHS))]
    biases = [0.1 * np.cos(k + np.arange(b)) for k, b in enumerate(WIDTHS[1:])]
    X = np.cos(0.9 * np.arange(32)).reshape(16, 2)
    y = (np.arange(16) % 3 == 0).astype(float)
    return kernels, biases, X, y


def by_torch(activation):
    """The loss, and the gradient of each kernel as nested lists, by PyTorch."""
    import torch

    kernels, biases, X, y = problem()
    K = [torch.tensor(k, requires_grad=True) for k in kernels]
    h = torch.tensor(X)
    for k, (kernel, bias) in enumerate(zip(K, biases, strict=True)):
        h = h @ kernel + torch.tensor(bias)
        h = torch.sigmoid(h) if k == len(K) - 1 else getattr(torch, activation)(h)
    loss = torch.nn.functional.binary_cross_entropy(h[:, 0], torch.tensor(y))
    loss.backward()
    return {"loss": loss.item(), "gradients": [k.grad.tolist() for k in K]}


if __name__ == "__main__":
    STORED.write_text(json.dumps({a: by_torch(a) for a in ACTIVATIONS}, indent=1) + "\n")
