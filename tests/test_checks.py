import numpy as np
import pytest

from helpers.checks import one_of, positive_integer, suggestion


def test_integers_pass_numpy_ones_too():
    assert positive_integer("n", 3) == 3
    assert type(positive_integer("n", np.int32(3))) is int


@pytest.mark.parametrize("value", [2.0, "2", None, True])
def test_what_is_no_integer(value):
    with pytest.raises(TypeError, match="n must be an integer of at least 1, got"):
        positive_integer("n", value)


def test_too_small():
    with pytest.raises(ValueError, match="n must be an integer of at least 2, got 1"):
        positive_integer("n", 1, minimum=2)


def test_one_of_names_argument_value_and_choices():
    assert one_of("statistic", "std", ["std"]) == "std"
    with pytest.raises(ValueError, match="statistic='stdd' is unknown; did you mean 'std'.*'mean'"):
        one_of("statistic", "stdd", ["mean", "std"])


def test_no_guess_where_nothing_is_near():
    assert suggestion("xyz", ["mean"]) == "use one of 'mean'"
