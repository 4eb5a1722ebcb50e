"""Start a lesson: one seed, float64, quiet logs, one figure style."""

import contextlib

import keras
import matplotlib
import tensorflow as tf
import threadpoolctl

from helpers import checks

# petroff10 (Petroff 2021, arXiv:2107.02270): ten colours that colour-blind readers tell apart.
COLOURS = (
    "#3f90da",
    "#bd1f01",
    "#ffa90e",
    "#832db6",
    "#94a4a2",
    "#a96b59",
    "#e76300",
    "#b9ac70",
    "#717581",
    "#92dadd",
)

FIGURE_STYLE = {
    "axes.grid": True,
    "axes.prop_cycle": matplotlib.cycler(color=COLOURS),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 12,
    "axes.labelsize": 11,
    "figure.constrained_layout.use": True,
    "figure.dpi": 90,
    "font.size": 11,
    "grid.alpha": 0.3,
    "legend.fontsize": 10,
    "lines.linewidth": 1.8,
}


def start(seed=42):
    """Prepare Keras, TensorFlow and matplotlib so that a lesson gives the same numbers everywhere.

    Seeds Python, NumPy and Keras; makes float64 the default, in which runs agree across
    machines to about 12 digits; keeps training on the CPU, because GPUs sum in another
    order; gives NumPy's matrix products one thread; silences TensorFlow's log; sets the figure
    style. Calling it again starts over.

    Args:
        seed: Integer from 0 to 2**32 - 1, the seed of everything random that gets no seed of its own.

    Raises:
        TypeError: If ``seed`` is not an integer.
        ValueError: If ``seed`` is out of range.
        RuntimeError: If Keras was already imported with a backend other than TensorFlow.

    Example:
        >>> from helpers import session
        >>> session.start(seed=42)
        >>> import keras
        >>> keras.config.floatx()
        'float64'
    """
    seed = checks.seed(seed)
    if keras.config.backend() != "tensorflow":
        raise RuntimeError(
            f"the lessons need Keras on TensorFlow, but its backend is {keras.config.backend()!r}; "
            "import helpers before keras, or set KERAS_BACKEND=tensorflow, and restart the kernel"
        )
    keras.utils.set_random_seed(seed)
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")  # a layer made earlier has settled it, whatever floatx says
    tf.get_logger().setLevel("ERROR")
    with contextlib.suppress(RuntimeError):  # TensorFlow has already run something: its devices are settled
        tf.config.set_visible_devices([], "GPU")
    # threads that wait for a share of a small product burn the other core, and split a sum by the number of cores
    threadpoolctl.threadpool_limits(1, user_api="blas")
    matplotlib.rcParams.update(FIGURE_STYLE)
