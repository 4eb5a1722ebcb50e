"""Checks of lesson 01: two circles."""

from helpers.exercises.answers import a_number

# Measured with the seeds that the exercises name. What a careful run gives on another machine lies well within.
_SOLVED_AT_TEN_TIMES, _COUNTS = 44, 3
_SHARE, _SHARE_OF_THE_LESSON = 0.357, 0.285
_TOLERANCE = 0.02


@a_number("how many of the fifty networks are above 0.9")
def check_count(count):
    """01.1: how many deep networks are above 0.9 after 100 epochs of Adam at ten times its default rate."""
    if 0 < count < 1:
        return "Give the count, not the share."
    if not 0 <= count <= 50 or count != int(count):
        return "There are fifty networks: give a whole number of them."
    if count == 0:
        return "That is the count at Adam's default rate. Did the new optimizer reach train_model?"
    if count >= 49:
        return "Nearly all? That is what one hidden layer gives. Has your network three, of five units each?"
    if abs(count - _SOLVED_AT_TEN_TIMES) > _COUNTS:
        return (
            "Not quite. Is the rate ten times the default one, and did you stop after the epochs that the task names?"
        )
    return None


@a_number("a share of pairs")
def check_share(share):
    """01.2: the share of pairs in which the deep net scores higher, on other points."""
    if not 0 <= share <= 1:
        return "Give a share between 0 and 1, not a percentage or a count."
    if share in (0, 1):
        return "All pairs agree? Compare every deep run with every shallow one: deep[:, None] against shallow."
    if abs(share - _SHARE_OF_THE_LESSON) < 0.005:
        return (
            "That is the share of the lesson, on the lesson's points. Make new points, and take the seeds of the task."
        )
    if share > 0.55:
        return "That looks like the pairs in which the shallow net scores higher, or like a comparison of losses."
    if share < 0.1:
        return "That is fewer than expected. Are both nets sigmoid ones, trained with Adam for as long as before?"
    if abs(share - _SHARE) > _TOLERANCE:
        return "Possible with other seeds or another number of replicas. Take the points and seeds that the task names."
    return None


@a_number("the larger mean |g| divided by the smaller", positive=True)
def check_factor(factor):
    """01.3: the factor by which four layers more shrink the first kernel's mean |g|."""
    if factor < 1:
        return "The gradient shrinks with depth: divide the other way round."
    if 10 < factor < 60:
        return "That is about what two layers more do. Compare seven hidden layers with three, first kernels both."
    if factor < 400:
        return (
            "Too mild for four layers more: a slope is a quarter only at its steepest. Compare seven hidden "
            "layers with three, first kernel with first kernel."
        )
    if factor > 750:
        return "Too strong for four layers more. Is the net you compare with the one of three hidden layers?"
    return None


CHECKS = {"01.1": check_count, "01.2": check_share, "01.3": check_factor}
