"""The same loop in eager PyTorch, in a process without TensorFlow, whose threads would slow it down."""

import time

import torch
from sklearn.datasets import make_circles

from benchmarks import BATCH, EPOCHS, WIDTHS


def train():
    """Train one net and return the gradients and losses of the first batch of each epoch."""
    X, y = (torch.tensor(a, dtype=torch.float32) for a in make_circles(1000, factor=0.5, noise=0.1, random_state=42))
    layers, inputs = [], 2
    for k, units in enumerate(WIDTHS, start=1):
        linear = torch.nn.Linear(inputs, units)
        torch.nn.init.normal_(linear.weight)
        torch.nn.init.zeros_(linear.bias)
        layers += [linear, torch.nn.Sigmoid() if k == len(WIDTHS) else torch.nn.Tanh()]
        inputs = units
    model, loss_function = torch.nn.Sequential(*layers), torch.nn.BCELoss()
    optimizer = torch.optim.RMSprop(model.parameters(), lr=0.001, alpha=0.9, eps=1e-7)
    gradient_history, loss_history = [], []
    for _ in range(EPOCHS):
        order = torch.randperm(len(X))
        for step, rows in enumerate(order.split(BATCH)):
            optimizer.zero_grad()
            loss = loss_function(model(X[rows])[:, 0], y[rows])
            loss.backward()
            if step == 0:
                gradient_history.append([p.grad.numpy().copy() for p in list(model.parameters())[::2]])
                loss_history.append(loss.item())
            optimizer.step()
    return gradient_history, loss_history


if __name__ == "__main__":
    start = time.perf_counter()
    train()
    print(time.perf_counter() - start)
