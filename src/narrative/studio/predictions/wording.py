"""One answer as a sentence. It says the numbers of the answer itself and nothing else."""

from __future__ import annotations

from narrative.engine.types import Label


def sentence_of(target: str, answer: Label, probability: float | None, lower: float | None, upper: float | None) -> str:
    """What the model expects, with how sure it is.

    >>> sentence_of("churn", "yes", 0.8314, None, None)
    'The model expects churn to be yes, with a probability of 83%.'
    >>> sentence_of("price", 312.44, None, 280.2, 340.9)
    'The model expects a price of 312.4; nine in ten such cases lie between 280.2 and 340.9.'
    """
    if probability is not None:
        return f"The model expects {target} to be {answer}, with a probability of {percent(probability)}."
    value = number(float(answer))
    if lower is None or upper is None:
        return f"The model expects a {target} of {value}."
    return (
        f"The model expects a {target} of {value}; "
        f"nine in ten such cases lie between {number(lower)} and {number(upper)}."
    )


def sentence_at_cut(target: str, answer: Label, flagged: Label, probability: float, cut: float) -> str:
    """What the model expects where a cut other than one half decides between two classes: a likely "no" may be a "yes".

    Args:
        flagged: the class that is answered from the cut upwards.
        probability: of that class, whatever the answer.

    >>> sentence_at_cut("churn", "yes", "yes", 0.11, 0.08)
    'The probability of yes is 11%; the cut is 8.0%, so the model expects churn to be yes.'
    >>> sentence_at_cut("churn", "no", "yes", 0.0796, 0.0804)
    'The probability of yes is 7.96%; the cut is 8.04%, so the model expects churn to be no.'
    """
    shown, limit = percent(probability), percent(cut)
    if shown == limit and probability != cut:  # rounded alike, they would contradict the answer
        shown, limit = f"{probability * 100:.12g}%", f"{cut * 100:.12g}%"
    return f"The probability of {flagged} is {shown}; the cut is {limit}, so the model expects {target} to be {answer}."


def percent(share: float) -> str:
    """A share for people; never 0% or 100% for what is only nearly so.

    >>> percent(0.9997), percent(0.042), percent(0.5)
    ('over 99.9%', '4.2%', '50%')
    """
    if 0 < share < 0.001:
        return "under 0.1%"
    if 0.999 < share < 1:
        return "over 99.9%"
    shown = share * 100
    return f"{shown:.1f}%" if shown < 10 or shown > 99 else f"{shown:.0f}%"


def number(value: float) -> str:
    """Four significant digits, thousands marked.

    >>> number(1234567.0), number(0.012345), number(3.0)
    ('1,235,000', '0.01235', '3')
    """
    rounded = float(f"{value:.4g}")
    if abs(rounded) >= 1000:
        return f"{rounded:,.0f}"
    return f"{rounded:.4g}"
