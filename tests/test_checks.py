from fractions import Fraction

import numpy as np
import pytest

from helpers.checks import integer, number, one_of, seed, suggestion


def test_integers_pass_numpy_ones_too():
    assert integer("n", 3) == 3
    assert type(integer("n", np.int32(3))) is int


@pytest.mark.parametrize("value", [2.0, "2", None, True, np.True_, np.array([2])])
def test_what_is_no_integer(value):
    with pytest.raises(TypeError, match="n must be an integer of at least 1, got"):
        integer("n", value)


def test_too_small_and_too_large():
    with pytest.raises(ValueError, match="n must be an integer of at least 2, got 1"):
        integer("n", 1, minimum=2)
    with pytest.raises(ValueError, match="n must be an integer of 1 to 4, got 5"):
        integer("n", 5, maximum=4)


def test_seeds():
    assert seed(0) == 0
    assert type(seed(np.int64(3))) is int
    assert seed(2**32 - 1) == 2**32 - 1
    for value, error in ((-1, ValueError), (2**32, ValueError), (0.5, TypeError), ("1", TypeError), (None, TypeError)):
        with pytest.raises(error, match=f"draw must be an integer of 0 to {2**32 - 1}, got"):
            seed(value, "draw")


def test_numbers_in_their_range():
    assert number("c", np.float32(0.5), above=0, below=1) == 0.5
    assert number("c", np.array(2), minimum=2, maximum=2) == 2.0
    assert number("c", Fraction(1, 4)) == 0.25
    for limits, value in (
        ({"above": 0}, 0),
        ({"minimum": 0}, -1e-9),
        ({"below": 1}, 1),
        ({"maximum": 1}, 1.5),
        ({}, np.nan),
        ({}, np.inf),
        ({}, 10**400),
    ):
        with pytest.raises(ValueError, match="c must be a finite number"):
            number("c", value, **limits)


@pytest.mark.parametrize("value", ["1", None, True, [1.0], np.ones(1), 1j])
def test_what_is_no_number(value):
    with pytest.raises(TypeError, match=r"c must be a finite number above 0, got"):
        number("c", value, above=0)


def test_one_of_names_argument_value_and_choices():
    assert one_of("statistic", "std", ["std"]) == "std"
    assert one_of("normalization", None, (None, "batch")) is None
    with pytest.raises(ValueError, match="statistic='stdd' is unknown; did you mean 'std'.*'mean'"):
        one_of("statistic", "stdd", ["mean", "std"])


@pytest.mark.parametrize("value", [np.array(["std", "mean"]), ["std"], {}, 3])
def test_one_of_refuses_what_cannot_be_compared(value):
    with pytest.raises(ValueError, match="statistic=.* is unknown"):
        one_of("statistic", value, ["mean", "std"])


def test_no_guess_where_nothing_is_near():
    assert suggestion("xyz", ["mean"]) == "use one of 'mean'"
    assert suggestion("xyz", []) == "there is none to choose from"
