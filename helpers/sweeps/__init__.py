"""Grids of settings times replicas, on the cores of this machine or of a cluster, as one tidy table."""

from helpers.sweeps.grid import grid, label
from helpers.sweeps.mlp import train_mlp
from helpers.sweeps.run import run

__all__ = ["grid", "label", "run", "train_mlp"]
