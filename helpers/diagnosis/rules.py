"""The rules: which quantity is compared with which bound, why that bound, and where it comes from.

``BOUNDS`` holds all of them, so that a reader can see on what a diagnosis rests; the code asks ``bound(name)``.
"""

from collections import namedtuple

Rule = namedtuple("Rule", "quantity bound why source")
Rule.__doc__ = "One bound: of which quantity, its value, why this value, and where it comes from."

BOUNDS = {
    "trained": Rule(
        "projected share of a constant answer's loss that training takes away",
        0.35,
        "nets that train pass it within some hundred steps; nets at the level of guessing stay near 0",
        "even half of the made nets (benchmarks.clinic)",
    ),
    "cured": Rule(
        "share of a constant answer's loss that a change takes away beyond what training took without it",
        0.15,
        "two runs of one net on other batches differ by less",
        "even half of the made nets",
    ),
    "vanishing": Rule(
        "norm of the first kernel's gradient over that of the last, before training",
        1e-3,
        "AUTOTRAINER asks for the same ratio; here a net must also fail to train",
        "Zhang et al. (2021), AUTOTRAINER, ICSE",
    ),
    "exploding": Rule(
        "norm of the gradient of all kernels before training, inputs and targets being of size 1",
        1e3,
        "healthy nets of 1 to 30 layers start between 0.01 and 100",
        "Glorot and Bengio (2010); Pascanu et al. (2013)",
    ),
    "dead": Rule(
        "share of a layer's units that answer the same to every sample",
        0.75,
        "a ReLU layer with 60 % dead units still trains",
        "Lu et al. (2020)",
    ),
    "saturated": Rule(
        "share of a layer's outputs within 0.01 of a limit of sigmoid, or of tanh",
        0.5,
        "healthy trained nets reach a quarter, and only after they have learned",
        "Glorot and Bengio (2010), section 3",
    ),
    "kernel": Rule(
        "deviation of a kernel over that of He or Glorot's rule, or the inverse",
        3.0,
        "the rules in use differ from each other by less than 2",
        "He et al. (2015); Glorot and Bengio (2010)",
    ),
    "input_size": Rule(
        "largest deviation, or mean, of a column of the inputs",
        5.0,
        "pixels of 0 to 1 and standardised columns stay below; needs a proof by scaling as well",
        "LeCun et al. (1998), Efficient BackProp, section 4.3",
    ),
    "target_size": Rule(
        "deviation of the targets of a regression",
        100.0,
        "an output of size 1 needs many steps to get there; needs a proof by scaling as well",
        "LeCun et al. (1998)",
    ),
    "input_trial": Rule(
        "as input_size: from here on a copy with inputs standardised is tried",
        3.0,
        "a trial costs a fifth of a second and accuses nobody",
        "LeCun et al. (1998), section 4.3",
    ),
    "target_trial": Rule(
        "as target_size: from here on a copy with targets standardised is tried",
        20.0,
        "a trial costs a fifth of a second and accuses nobody",
        "LeCun et al. (1998)",
    ),
    "overflow": Rule(
        "root mean square of what leaves a layer, before training",
        1e6,
        "healthy nets stay below 100, and the square of it still fits float32",
        "Glorot and Bengio (2010)",
    ),
    "steep": Rule(
        "as exploding: from here on smaller rates are tried and not larger ones",
        100.0,
        "the upper end of healthy nets; it decides what is tried, not what is said",
        "Pascanu et al. (2013)",
    ),
    "spiked": Rule(
        "largest loss of a batch over that of the first",
        2.0,
        "from here on smaller rates are tried; a finding needs the proof, or is one of low certainty",
        "even half of the made nets",
    ),
    "travelled": Rule(
        "way of the kernel that went farthest in the trial, in sizes of its own",
        0.1,
        "units cannot have died of large steps in a net that hardly moved",
        "by its definition",
    ),
    "mode_gap": Rule(
        "score in training mode minus score in inference mode, or inference minus one sample at a time",
        0.15,
        "dropout alone makes the first difference negative",
        "Ioffe and Szegedy (2015), section 3.1",
    ),
    "stale": Rule(
        "share of their initial values that the stored averages of batch normalisation hold after the trial",
        0.5,
        "momentum to the power of the number of steps; beyond a half they tell more of the start than of the data",
        "Ioffe and Szegedy (2015), section 3.1",
    ),
    "risen": Rule(
        "loss of an epoch over that of the first, while weights move",
        1.5,
        "none of the healthy made nets passes the loss of its first epoch in twenty",
        "measured on the healthy made nets (benchmarks.clinic)",
    ),
    "leap": Rule(
        "distance of a kernel within one epoch over its size before",
        30.0,
        "no kernel of the healthy made nets moves by more than three times its size in an epoch",
        "measured on the healthy made nets",
    ),
    "moved": Rule(
        "distance of the kernel that moves most within one epoch over its size",
        1e-4,
        "ten thousand epochs to move by its own size",
        "A. Karpathy, CS231n: the ratio of one update should be near 1e-3",
    ),
    "still": Rule(
        "fall of the loss since the first epoch, as a share of it",
        0.02,
        "less than what two orders of the batches differ by",
        "measured on the healthy made nets",
    ),
}


def bound(name):
    """The value of a rule.

    Example:
        >>> bound("dead")
        0.75
    """
    return BOUNDS[name].bound


def table():
    """The rules as a Markdown table.

    Example:
        >>> print(table().splitlines()[0])
        | rule | quantity | bound | why this bound | source |
    """
    rows = [f"| {name} | {r.quantity} | {r.bound:g} | {r.why} | {r.source} |" for name, r in BOUNDS.items()]
    return "\n".join(["| rule | quantity | bound | why this bound | source |", "|---|---|---|---|---|", *rows])
