"""The same probe in eager PyTorch, gradients by its own autograd."""

import sys
import time

import torch

from benchmarks import CALLS, DEPTH, WIDTH


def drawing(dtype):
    """Only draw the kernels."""
    return [torch.randn(WIDTH, WIDTH, dtype=dtype) / WIDTH**0.5 for _ in range(DEPTH)]


def probe(dtype):
    """Draw them, send 16 inputs forward and gradients back, keep three quantities of every layer."""
    h = torch.randn(16, WIDTH, dtype=dtype).requires_grad_()
    activations, preactivations = [], []
    for kernel in drawing(dtype):
        z = h @ kernel
        z.retain_grad()
        h = torch.tanh(z)
        activations.append(h)
        preactivations.append(z)
    (h * torch.randn(16, WIDTH, dtype=dtype)).sum().backward()
    kept = [*activations, *preactivations, *(z.grad for z in preactivations)]
    return [array.detach().numpy() for array in kept]


if __name__ == "__main__":
    what = {"drawing": drawing, "probe": probe}[sys.argv[1]]
    times = []
    for _ in range(CALLS + 1):
        start = time.perf_counter()
        what(getattr(torch, sys.argv[2]))
        times.append(time.perf_counter() - start)
    print(sorted(times[1:])[CALLS // 2])
