import numpy as np
import pytest

from helpers import data, models
from helpers.engine.inputs import fit_data

X, Y = data.circles(200)


def changed(array, index, value):
    array = array.copy()
    array[index] = value
    return array


def binary(X=X, y=Y, **more):
    return fit_data(models.make_mlp("tanh", "zeros", **more), X, y, "binary_crossentropy")


def test_targets_get_a_column_and_the_models_precision():
    inputs, targets = binary(X.astype("float32"), Y.astype(int))
    assert inputs.dtype == targets.dtype == np.float64
    assert targets.shape == (200, 1)
    assert np.array_equal(targets[:, 0], Y)
    assert binary(X.tolist(), Y.astype(bool).tolist())[1].sum() == Y.sum()


def test_replicas_take_the_data_of_one_net():
    assert binary(replicas=3)[1].shape == (200, 1)


def test_classes_stay_numbers():
    model = models.make_mlp("relu", "zeros", outputs=3, output_activation="softmax")
    _, targets = fit_data(model, X, np.arange(200)[:, None] % 3, "sparse_categorical_crossentropy")
    assert (targets.shape, targets.dtype) == ((200,), np.int64)
    for bad in (np.full(200, 3), np.full(200, -1), np.full(200, 0.5)):
        with pytest.raises(ValueError, match="y must hold class numbers 0 to 2"):
            fit_data(model, X, bad, "sparse_categorical_crossentropy")


def test_any_number_is_a_target_of_regression():
    assert fit_data(models.make_mlp("tanh", "zeros"), X, 7 * Y, "mse")[1].max() == 7


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"X": X[:, :1]}, ValueError, r"X must have shape \(n, 2\) for model 'tanh', got \(200, 1\)"),
        ({"X": X[0]}, ValueError, "y must hold one target for each sample in X, at least one, got 200 for 2"),
        ({"X": X[:0], "y": Y[:0]}, ValueError, "at least one"),
        ({"X": "abc"}, TypeError, "X must be an array of numbers"),
        ({"X": changed(X, (3, 1), np.nan)}, ValueError, r"X must be finite, got nan at \(3, 1\) \(1 such"),
        ({"X": changed(X, (0, 0), np.inf)}, ValueError, r"X must be finite, got inf at \(0, 0\)"),
        ({"y": changed(Y, 5, np.nan)}, ValueError, r"y must be finite, got nan at \(5,\)"),
        ({"y": Y[:-1]}, ValueError, "y must hold one target for each sample in X, at least one, got 199 for 200"),
        (
            {"y": np.stack([Y, Y], 1)},
            ValueError,
            r"y must have shape \(n, 1\), that of the outputs of model .* \(200, 2\)",
        ),
        ({"y": 2 * Y}, ValueError, r"y must hold only the labels 0 and 1 .* got labels \[0.0, 2.0\]"),
        ({"y": 2 * Y - 1}, ValueError, "y must hold only the labels 0 and 1"),
    ],
)
def test_bad_data(arguments, error, message):
    with pytest.raises(error, match=message):
        binary(**arguments)
