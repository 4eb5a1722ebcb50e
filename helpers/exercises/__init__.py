"""Check an answer to an exercise: says right, or a hint, or not attempted; never the answer.

The checks of lesson NN are the functions in the dictionary ``CHECKS`` of ``helpers.exercises.lesson_NN``, called
``check_`` and what the answer is. Each takes the answer and returns None if it is right, else a hint. What many of
them need is in ``helpers.exercises.answers``.
"""

import importlib
import pkgutil
import types

from helpers.checks import suggestion
from helpers.exercises.progress import progress

__all__ = ["check", "progress"]


def check(exercise, answer):
    """Print what there is to say about an answer.

    Args:
        exercise: Lesson and number as text, such as ``"03.2"``.
        answer: What the exercise asks for; ``...``, or a function or class without a body, is "not attempted".

    Raises:
        ValueError: If there is no such exercise.

    Example:
        >>> check("01.1", ...)
        01.1: not attempted yet
    """
    function = _find(exercise)
    if _is_stub(answer):
        print(f"{exercise}: not attempted yet")
        return
    try:
        hint = function(answer)
    except Exception as error:  # whatever a learner hands in, the lesson goes on
        hint = f"The check could not use your answer: {type(error).__name__}: {error}"
    print(f"{exercise}: right" if hint is None else f"{exercise}: not yet. {hint}")


def _find(exercise):
    lessons = sorted(m.name[-2:] for m in pkgutil.iter_modules(__path__) if m.name.startswith("lesson_"))
    lesson = str(exercise).partition(".")[0].zfill(2)
    if lesson not in lessons:
        raise ValueError(f"exercise={exercise!r}: there is no such lesson; {suggestion(lesson, lessons)}")
    checks = importlib.import_module(f"{__name__}.lesson_{lesson}").CHECKS
    if not isinstance(exercise, str) or exercise not in checks:
        raise ValueError(f"exercise={exercise!r} is unknown; {suggestion(exercise, checks)}")
    return checks[exercise]


def _is_stub(answer):
    if answer is None or answer is ...:
        return True
    if isinstance(answer, type):
        return answer.__bases__ == (object,) and not any(
            isinstance(v, types.FunctionType) for v in vars(answer).values()
        )
    if not isinstance(answer, types.FunctionType):
        return False
    code = answer.__code__
    return any(
        code.co_code == stub.__code__.co_code and len(code.co_consts) <= 2 for stub in (_empty, _documented)
    ) and all(c is None or isinstance(c, str) for c in code.co_consts)


def _empty(): ...


def _documented():
    """Has nothing but this line."""
