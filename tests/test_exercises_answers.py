from decimal import Decimal

import keras
import numpy as np
import pytest
import tensorflow as tf

from helpers.exercises.answers import (
    a_dictionary,
    a_function,
    a_number,
    hint_of_rule,
    one_number,
    returns_one_number,
    same_arrays,
    two_numbers,
)


@pytest.mark.parametrize(
    "answer",
    [
        0.5,
        np.float32(0.5),
        np.array([0.5]),
        np.array([[0.5]]),
        [0.5],
        tf.constant(0.5),
        keras.Variable(0.5),
        Decimal("0.5"),
    ],
)
def test_one_number_in_any_wrapping(answer):
    assert one_number(answer) == 0.5


def test_one_number_is_a_float():
    assert type(one_number(np.float32(0.5))) is float
    assert type(one_number(3)) is float


@pytest.mark.parametrize(
    "answer",
    [
        True,
        np.True_,
        [True],
        tf.constant(True),
        "0.5",
        b"0.5",
        ["0.5"],
        np.array("0.5"),
        tf.constant("0.5"),
        np.timedelta64(75, "ns"),
        np.datetime64("2020-01-01"),
        [],
        [0.5, 0.5],
        [[0.5], [0.5, 0.5]],
        np.nan,
        np.inf,
        10**400,
        None,
        {"a": 1},
        len,
        1j,
        np.array(1j),
        [None],
        (x for x in [0.5]),
    ],
)
def test_what_is_not_one_number(answer):
    assert one_number(answer) is None


@pytest.mark.parametrize("answer", [(1, 0.5), [1, 0.5], np.array([1, 0.5]), tf.constant([1, 0.5])])
def test_two_numbers_in_any_wrapping(answer):
    np.testing.assert_array_equal(two_numbers(answer), [1.0, 0.5])


@pytest.mark.parametrize(
    "answer",
    [
        0.5,
        [0.5],
        (1, 2, 3),
        [[1, 0.5]],
        (1, np.nan),
        (np.inf, 1),
        (10**400, 1),
        "ab",
        ["a", "b"],
        {1, 2},
        None,
        [[1], [1, 2]],
    ],
)
def test_what_is_not_two_numbers(answer):
    assert two_numbers(answer) is None


@a_function
def check_square(answer):
    """00.1: a function of a number: its square."""
    return None if answer(3) == 9 else "Try 3."


def test_a_function_is_called_and_anything_else_is_refused():
    assert check_square(lambda x: x * x) is None
    assert check_square(lambda x: x) == "Try 3."
    for answer in (9, "abc", np.zeros(3), None):
        assert check_square(answer) == "Hand in the function itself, without calling it."


@returns_one_number("the square")
def check_numeric_square(answer):
    """00.2: a function of a number: its square."""
    squares = [answer(x) for x in (2, 3)]
    assert all(type(square) is float for square in squares)
    return None if squares == [4, 9] else "Try 2 and 3."


@pytest.mark.parametrize("square", [lambda x: x * x, lambda x: [x * x], lambda x: tf.constant(x * x), np.square])
def test_a_function_that_returns_one_number_in_any_wrapping(square):
    assert check_numeric_square(square) is None


@pytest.mark.parametrize("other", [lambda x: None, lambda x: "9", lambda x: [x, x], lambda x: x if x == 2 else np.nan])
def test_a_function_that_returns_something_else(other):
    assert check_numeric_square(other) == "The function should return one finite number: the square."


def test_what_returns_one_number_is_a_function():
    assert check_numeric_square(9) == "Hand in the function itself, without calling it."
    assert check_numeric_square(lambda x: x) == "Try 2 and 3."


def test_a_failure_of_the_function_is_not_hidden():
    for guarded in (check_square, check_numeric_square):
        with pytest.raises(ZeroDivisionError):
            guarded(lambda x: x / 0)


@a_number("a share")
def check_share(share):
    """00.3: a half."""
    return None if share == 0.5 else f"{share} is a {type(share).__name__}."


@a_number("a size", positive=True)
def check_size(size):
    """00.4: any size."""


def test_a_number_comes_as_a_float_and_anything_else_is_refused():
    assert check_share([0.5]) is None
    assert check_share(2) == "2.0 is a float."
    assert check_share(-2) == "-2.0 is a float."
    for answer in ("0.5", np.nan, [0.5, 0.5], None, len):
        assert check_share(answer) == "Hand in one number: a share."


def test_a_positive_number_is_not_zero():
    assert check_size(1e-300) is None
    for answer in (0, -1, np.nan, "1"):
        assert check_size(answer) == "Hand in one positive number: a size."


@a_dictionary(["mean", "std"], "of 'mean' and 'std'")
def check_statistics(answer):
    """00.5: two statistics."""
    return None if answer["std"] == 1 else "Try 1."


def test_a_dictionary_with_its_keys():
    assert check_statistics({"mean": 0, "std": 1, "max": 2}) is None
    assert check_statistics({"mean": 0, "std": 2}) == "Try 1."
    assert check_statistics({"std": 1}) == "The dictionary has no entry 'mean'."
    for answer in (["mean", "std"], "mean std", None):
        assert check_statistics(answer) == "Give a dictionary of 'mean' and 'std'."


def test_a_guarded_check_keeps_its_name_and_its_docstring():
    for k, guarded in enumerate((check_square, check_numeric_square, check_share, check_size, check_statistics), 1):
        assert guarded.__name__.startswith("check_")
        assert guarded.__doc__.startswith(f"00.{k}: ")


def test_same_arrays():
    arrays = [np.zeros((2, 2)), np.arange(3)]
    assert same_arrays(arrays, [a.copy() for a in arrays])
    assert not same_arrays(arrays, [arrays[0], arrays[1] + 1])
    assert not same_arrays(arrays, [arrays[0] + 1, arrays[1]])
    assert not same_arrays(arrays, [arrays[0], arrays[1][:2]])
    assert not same_arrays(arrays, arrays[:1])


CASES = (2, 1.0), (4, 0.5)
RULES = (
    (lambda n, a: a * n**2, None),
    (lambda n, a: a * n, "That is no square."),
    (lambda n, a: a * n, "Comes too late."),
)


@pytest.mark.parametrize(
    ("found", "hint"), [([4, 8], None), ([2, 2], "That is no square."), ([4, 2], "Multiply."), ([2, 8], "Multiply.")]
)
def test_the_first_rule_that_fits_all_cases_counts(found, hint):
    assert hint_of_rule(found, CASES, RULES, otherwise="Multiply.") == hint


def test_how_near_a_rule_has_to_come():
    near = [4.02, 8.04]
    assert hint_of_rule(near, CASES, RULES, otherwise="Multiply.") == "Multiply."
    assert hint_of_rule(near, CASES, RULES, otherwise="Multiply.", rtol=0.01) is None
    assert hint_of_rule(near, CASES, RULES, otherwise="Multiply.", rtol=0, atol=0.03) == "Multiply."
    assert hint_of_rule(near, CASES, RULES, otherwise="Multiply.", rtol=0, atol=0.05) is None
