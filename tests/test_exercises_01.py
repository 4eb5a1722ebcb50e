import numpy as np
import pytest

from helpers.exercises.lesson_01 import CHECKS


def from_the_ranks(scores, k):
    at_or_below = np.arange(len(scores) + 1) / len(scores)
    return np.sum(np.sort(scores) * np.diff(at_or_below**k))


def from_distinct_runs(scores, k):
    """Without putting back: the i-th smallest is the best of (i - 1 over k - 1) draws."""
    weights = np.ones(len(scores))
    for j in range(1, k):
        weights *= np.clip(np.arange(len(scores)) - j + 1, 0, None)
    return np.sort(scores) @ weights / weights.sum()


def by_drawing(scores, k):
    rng = np.random.default_rng(0)
    return rng.choice(scores, size=(2000, k)).max(axis=1).mean()


def by_drawing_in_a_loop(scores, k):
    rng = np.random.default_rng(5)
    return sum(max(rng.choice(scores, k, replace=False)) for _ in range(2000)) / 2000


@pytest.mark.parametrize("answer", [from_the_ranks, from_distinct_runs, by_drawing, by_drawing_in_a_loop])
def test_the_best_of_k_runs_may_be_derived_or_simulated(answer):
    assert CHECKS["01.1"](answer) is None


def test_a_function_that_sorts_the_scores_it_is_given_leaves_the_next_check_as_it_was():
    def sorts_in_place(scores, k):
        scores.sort()
        return from_the_ranks(scores, k)

    def first_k(scores, k):
        return scores.mean() if k == 1 else scores[-k:].max()

    before = CHECKS["01.1"](first_k)
    assert CHECKS["01.1"](sorts_in_place) is None
    assert CHECKS["01.1"](first_k) == before


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda scores, k: np.max(scores), "k = 1"),
        (lambda scores, k: np.mean(scores), "grow"),
        (lambda scores, k: np.median(scores), "k = 1"),
        (lambda scores, k: scores[:k].max(), "k = 1"),
        (lambda scores, k: np.quantile(scores, k / (k + 1)), "k = 1"),
        (lambda scores, k: np.nan, "one finite number: the expected best"),
        (0.7, "function itself"),
        (lambda scores, k: np.mean(scores) if k == 1 else np.max(scores), "need not include"),
        (lambda scores, k: max(np.mean(scores), np.quantile(scores, k / (k + 1))), "larger k"),
        (lambda scores, k: np.sort(scores)[-k:].mean() if k > 1 else scores.mean(), "larger k"),
    ],
)
def test_wrong_functions_get_a_hint(answer, hint):
    assert hint in CHECKS["01.1"](answer)


@pytest.mark.parametrize("answer", [0.25, 0.4, np.float64(0.318), np.array([0.29])])
def test_shares_of_any_careful_run(answer):
    assert CHECKS["01.2"](answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (29.0, "between 0 and 1"),
        (0, "every deep run"),
        (1.0, "every deep run"),
        (0.68, "shallow"),
        (0.02, "fewer"),
        ([0.2, 0.3], "one number: a share of pairs"),
        ("0.3", "one number"),
        (np.nan, "one number"),
        (True, "one number"),
    ],
)
def test_other_shares_get_a_hint(answer, hint):
    assert hint in CHECKS["01.2"](answer)


@pytest.mark.parametrize("answer", [16, 21.3, np.float64(24.0), 28.4])
def test_factors_from_any_batch(answer):
    assert CHECKS["01.3"](answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (1 / 22, "other way round"),
        (4.5, "five hidden layers with three"),
        (470, "three hidden layers"),
        (-3, "positive"),
        (0, "one positive number: the larger mean |g|"),
        ([1, 2], "positive"),
        (float("inf"), "positive"),
    ],
)
def test_other_factors_get_a_hint(answer, hint):
    assert hint in CHECKS["01.3"](answer)


def test_hints_do_not_tell_the_answer():
    wrong = {
        "01.1": [lambda s, k: np.max(s), lambda s, k: np.mean(s)],
        "01.2": [0, 0.02, 0.7, 29],
        "01.3": [0, 0.05, 4.5, 470],
    }
    for exercise, answers in wrong.items():
        for answer in answers:
            hint = CHECKS[exercise](answer)
            digits = {word.strip(".,:;") for word in hint.split() if any(c.isdigit() for c in word)}
            assert digits <= {"0", "1"}, hint
            assert "diff" not in hint and "sort" not in hint
