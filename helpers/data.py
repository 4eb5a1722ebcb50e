"""The data sets of the lessons: arrays, made from a seed, ready to train on."""

import numpy as np

from helpers.checks import integer


def circles(n_samples=1000, *, factor=0.5, noise=0.1, seed=42):
    """Two concentric circles with Gaussian noise: separable by a ring, not by a line.

    Args:
        n_samples: Number of points, at least 2; half of them on each circle.
        factor: Radius of the inner circle; the outer one has radius 1. Between 0 and 1.
        noise: Standard deviation of the noise added to both coordinates, 0 or more.
        seed: Integer; the same seed gives the same points.

    Returns:
        ``(X, y)``: X of shape (n_samples, 2), float64; y of shape (n_samples,), float64,
        0.0 on the outer circle and 1.0 on the inner one.

    Raises:
        TypeError: If ``n_samples`` is not an integer.
        ValueError: If an argument is out of its range.

    Source:
        ``sklearn.datasets.make_circles``; the settings are those of Brownlee, "How to Fix the
        Vanishing Gradients Problem Using the ReLU" and of the notebooks that followed it.

    Example:
        >>> from helpers import data
        >>> X, y = data.circles()
        >>> X.shape, y.shape, int(y.sum())
        ((1000, 2), (1000,), 500)
    """
    from sklearn.datasets import make_circles  # scikit-learn takes a second to import

    integer("n_samples", n_samples, minimum=2)
    if not 0 <= factor < 1:
        raise ValueError(f"factor must be at least 0 and less than 1, got {factor!r}; use factor=0.5")
    if not 0 <= noise < float("inf"):
        raise ValueError(f"noise must be 0 or more, got {noise!r}; use noise=0.1")
    X, y = make_circles(n_samples=n_samples, factor=factor, noise=noise, random_state=seed)
    return X, y.astype(float)


def moons(n_samples=1000, *, noise=0.5, seed=42):
    """Two half circles that reach into each other, with Gaussian noise: classes that overlap.

    Args:
        n_samples: Number of points, at least 2; half of them on each moon.
        noise: Standard deviation of the noise added to both coordinates, 0 or more.
        seed: Integer; the same seed gives the same points.

    Returns:
        ``(X, y)``: X of shape (n_samples, 2), float64; y of shape (n_samples,), float64,
        0.0 on the upper moon and 1.0 on the lower one. Shuffled.

    Raises:
        TypeError: If ``n_samples`` is not an integer.
        ValueError: If an argument is out of its range.

    Source:
        ``sklearn.datasets.make_moons``.

    Example:
        >>> from helpers import data
        >>> X, y = data.moons()
        >>> X.shape, y.shape, int(y.sum())
        ((1000, 2), (1000,), 500)
    """
    from sklearn.datasets import make_moons

    integer("n_samples", n_samples, minimum=2)
    if not 0 <= noise < float("inf"):
        raise ValueError(f"noise must be 0 or more, got {noise!r}; use noise=0.5")
    X, y = make_moons(n_samples=n_samples, noise=noise, random_state=seed)
    return X, y.astype(float)


def digits():
    """Handwritten digits, 8 by 8 pixels, scaled so that a pixel has mean 0 and variance 1 over all of them.

    One mean and one standard deviation for all pixels: the second moment of the inputs is 1,
    which is where the theory of signals through depth starts.

    Returns:
        ``(X, y)``: X of shape (1797, 64), float64; y of shape (1797,), the digits 0 to 9 as int64.

    Source:
        ``sklearn.datasets.load_digits``, the test set of Alpaydin and Kaynak (1998), "Optical
        Recognition of Handwritten Digits", UCI Machine Learning Repository.

    Example:
        >>> from helpers import data
        >>> X, y = data.digits()
        >>> X.shape, round(float((X**2).mean()), 6)
        ((1797, 64), 1.0)
    """
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    return (X - X.mean()) / X.std(), y.astype(np.int64)


def adding_problem(samples, length, *, seed=42):
    """Sequences of numbers, two of them marked: what is the sum of those two?

    Always saying 1, the mean, has an error of 1/6 (the variance of the sum), whatever the length; to do
    better, a number must be kept for as many steps as follow it.

    Args:
        samples: Number of sequences, at least 1.
        length: Steps in each, at least 2.
        seed: Integer; the same seed gives the same sequences.

    Returns:
        ``(X, y)``: X of shape (samples, length, 2), float64: a number from U(0, 1), and a mark, 1.0 at
        one step of the first half and one of the second, else 0.0 (the middle step of an odd length
        belongs to the second half); y of shape (samples,), float64, the sum of the marked numbers.

    Raises:
        TypeError: If ``samples`` or ``length`` is not an integer.
        ValueError: If one of them is too small.

    Source:
        S. Hochreiter and J. Schmidhuber (1997), "Long short-term memory", Neural Computation 9, in the form
        of Q. V. Le, N. Jaitly and G. Hinton (2015), "A simple way to initialize recurrent networks
        of rectified linear units".

    Example:
        >>> from helpers import data
        >>> X, y = data.adding_problem(1000, 50)
        >>> X.shape, y.shape, bool((X[..., 1].sum(axis=1) == 2).all())
        ((1000, 50, 2), (1000,), True)
    """
    integer("samples", samples)
    integer("length", length, minimum=2)
    rng, rows = np.random.default_rng(seed), np.arange(samples)
    numbers, marks = rng.uniform(size=(samples, length)), np.zeros((samples, length))
    for low, high in ((0, length // 2), (length // 2, length)):
        marks[rows, rng.integers(low, high, samples)] = 1
    return np.stack([numbers, marks], axis=-1), (numbers * marks).sum(axis=1)


def split(X, y, sizes, *, seed=0):
    """Deal samples out to parts, such as training, validation and test, each sample to one part at most.

    Args:
        X: Inputs, (n, ...).
        y: Targets, (n, ...).
        sizes: Samples in each part, at least one part of at least 1; together at most n.
        seed: Integer from which the order follows; None keeps the samples in the order they have.

    Returns:
        A list of ``(X, y)``, one for each size.

    Raises:
        TypeError: If a size is not an integer.
        ValueError: If X and y differ in length, or the sizes do not fit n.

    Example:
        >>> from helpers import data
        >>> train, validation, test = data.split(*data.moons(), sizes=(640, 160, 200))
        >>> train[0].shape, validation[0].shape, test[0].shape
        ((640, 2), (160, 2), (200, 2))
    """
    X, y = np.asarray(X), np.asarray(y)
    if len(X) != len(y):
        raise ValueError(f"X and y must have the same length, got {len(X)} and {len(y)}")
    sizes = [integer("sizes", size) for size in sizes]
    if not sizes or sum(sizes) > len(X):
        raise ValueError(f"sizes must be one or more numbers with a sum of at most {len(X)}, got {sizes}")
    order = np.arange(len(X)) if seed is None else np.random.default_rng(seed).permutation(len(X))
    ends = np.cumsum(sizes)
    return [(X[part], y[part]) for part in np.split(order[: ends[-1]], ends[:-1])]
