"""The data sets of the lessons: arrays, made from a seed, ready to train on."""

from helpers.checks import positive_integer


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

    positive_integer("n_samples", n_samples, minimum=2)
    if not 0 <= factor < 1:
        raise ValueError(f"factor must be at least 0 and less than 1, got {factor!r}; use factor=0.5")
    if not 0 <= noise < float("inf"):
        raise ValueError(f"noise must be 0 or more, got {noise!r}; use noise=0.1")
    X, y = make_circles(n_samples=n_samples, factor=factor, noise=noise, random_state=seed)
    return X, y.astype(float)
