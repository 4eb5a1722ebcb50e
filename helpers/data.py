"""The data sets of the lessons: arrays, made from a seed, ready to train on."""

import numpy as np

from helpers import checks


def circles(n_samples=1000, *, factor=0.5, noise=0.1, seed=42):
    """Two concentric circles with Gaussian noise: separable by a ring, not by a line.

    Args:
        n_samples: Number of points, at least 2; half of them on each circle, an odd one on the inner.
        factor: Radius of the inner circle; the outer one has radius 1. Between 0 and 1.
        noise: Standard deviation of the noise added to both coordinates, 0 or more.
        seed: Integer from 0 to 2**32 - 1; the same seed gives the same points.

    Returns:
        ``(X, y)``: X of shape (n_samples, 2), float64; y of shape (n_samples,), float64,
        0.0 on the outer circle and 1.0 on the inner one.

    Raises:
        TypeError: If ``n_samples`` or ``seed`` is not an integer, or another argument no number.
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

    X, y = make_circles(
        n_samples=checks.integer("n_samples", n_samples, minimum=2),
        factor=checks.number("factor", factor, minimum=0, below=1),
        noise=checks.number("noise", noise, minimum=0),
        random_state=checks.seed(seed),
    )
    return X, y.astype(float)


def moons(n_samples=1000, *, noise=0.5, seed=42):
    """Two half circles that reach into each other, with Gaussian noise: classes that overlap.

    Args:
        n_samples: Number of points, at least 2; half of them on each moon, an odd one on the lower.
        noise: Standard deviation of the noise added to both coordinates, 0 or more.
        seed: Integer from 0 to 2**32 - 1; the same seed gives the same points.

    Returns:
        ``(X, y)``: X of shape (n_samples, 2), float64; y of shape (n_samples,), float64,
        0.0 on the upper moon and 1.0 on the lower one. Shuffled.

    Raises:
        TypeError: If ``n_samples`` or ``seed`` is not an integer, or another argument no number.
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

    X, y = make_moons(
        n_samples=checks.integer("n_samples", n_samples, minimum=2),
        noise=checks.number("noise", noise, minimum=0),
        random_state=checks.seed(seed),
    )
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
        seed: Integer from 0 to 2**32 - 1; the same seed gives the same sequences.

    Returns:
        ``(X, y)``: X of shape (samples, length, 2), float64: a number from U(0, 1), and a mark, 1.0 at
        one step of the first half and one of the second, else 0.0 (the middle step of an odd length
        belongs to the second half); y of shape (samples,), float64, the sum of the marked numbers.

    Raises:
        TypeError: If an argument is not an integer.
        ValueError: If one is out of its range.

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
    samples, length = checks.integer("samples", samples), checks.integer("length", length, minimum=2)
    rng, rows = np.random.default_rng(checks.seed(seed)), np.arange(samples)
    numbers, marks = rng.uniform(size=(samples, length)), np.zeros((samples, length))
    for low, high in ((0, length // 2), (length // 2, length)):
        marks[rows, rng.integers(low, high, samples)] = 1
    return np.stack([numbers, marks], axis=-1), (numbers * marks).sum(axis=1)


def split(X, y, sizes, *, seed=0):
    """Deal samples out to parts, such as training, validation and test, each sample to one part at most.

    Args:
        X: Inputs, (n, ...).
        y: Targets, (n, ...).
        sizes: List of the samples in each part, at least one part of at least 1; together at most n.
        seed: Integer from 0 to 2**32 - 1 from which the order follows; None keeps the samples in the order they have.

    Returns:
        A list of ``(X, y)``, one for each size.

    Raises:
        TypeError: If X or y is no array, ``sizes`` no list, or a size or ``seed`` not an integer.
        ValueError: If X and y differ in length, the sizes do not fit n, or ``seed`` is out of range.

    Example:
        >>> from helpers import data
        >>> train, validation, test = data.split(*data.moons(), sizes=(640, 160, 200))
        >>> train[0].shape, validation[0].shape, test[0].shape
        ((640, 2), (160, 2), (200, 2))
    """
    X, y = paired(X, y)
    if not isinstance(sizes, list | tuple | np.ndarray) or (isinstance(sizes, np.ndarray) and sizes.ndim != 1):
        raise TypeError(f"sizes must be a list of integers such as (640, 160, 200), got {sizes!r}")
    sizes = [checks.integer("sizes", size) for size in sizes]
    if not sizes or sum(sizes) > len(X):
        raise ValueError(f"sizes must be one or more numbers with a sum of at most {len(X)}, got {sizes}")
    order = np.arange(len(X)) if seed is None else np.random.default_rng(checks.seed(seed)).permutation(len(X))
    ends = np.cumsum(sizes)
    return [(X[part], y[part]) for part in np.split(order[: ends[-1]], ends[:-1])]


def paired(X, y):
    """Inputs and targets as two arrays of one length.

    Args:
        X: Inputs, (n, ...).
        y: Targets, (n, ...).

    Returns:
        ``(X, y)``, arrays.

    Raises:
        TypeError: If one of them is no array.
        ValueError: If they differ in length.

    Example:
        >>> X, y = paired([[0.0, 1.0], [2.0, 3.0]], [0, 1])
        >>> X.shape, y.shape
        ((2, 2), (2,))
    """
    X, y = _array("X", X), _array("y", y)
    if len(X) != len(y):
        raise ValueError(f"X and y must have the same length, got {len(X)} and {len(y)}")
    return X, y


def _array(name, values):
    try:
        array = np.asarray(values)
    except ValueError:  # rows of several lengths
        array = np.array(None)
    if array.ndim == 0:
        raise TypeError(f"{name} must be an array with one row for each sample, got {values!r}")
    return array
