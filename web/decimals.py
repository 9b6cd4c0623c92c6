"""Decimal numbers: text outside, whole steps of an instrument inside, and never a float between."""

import re
from decimal import Decimal

# Checked before anything is converted, so that no input can cost more than its 28 characters.
DECIMAL = re.compile(r"(0|[1-9][0-9]{0,14})(\.[0-9]{1,12})?", re.ASCII)

# No number of this size or above is a DECIMAL.
DECIMAL_BOUND = 10**15


class Scale:
    """The multiples of one step, such as a tick size, as integers and as text."""

    __slots__ = ("digits", "step")

    def __init__(self, step: Decimal) -> None:
        exponent = step.as_tuple().exponent
        assert isinstance(exponent, int), "a step is a finite number"
        self.digits = max(0, -exponent)
        self.step = int(step * 10**self.digits)

    def steps(self, text: str) -> int | None:
        """How many steps the text of a DECIMAL is, None when it is not a whole number of them."""
        whole, _, fraction = text.partition(".")
        fraction = fraction.rstrip("0")
        if len(fraction) > self.digits:
            return None
        steps, rest = divmod(int(whole + fraction.ljust(self.digits, "0")), self.step)
        return None if rest else steps

    def text(self, steps: int) -> str:
        """The decimal number that so many steps are, always with the digits of the step."""
        return fixed(steps * self.step, self.digits)


def fixed(value: int, digits: int) -> str:
    """`value` x 10**-`digits` with exactly that many decimals."""
    if not digits:
        return str(value)
    sign = "-" if value < 0 else ""
    text = str(abs(value)).rjust(digits + 1, "0")
    return f"{sign}{text[:-digits]}.{text[-digits:]}"


def exact(value: int, digits: int, digits_min: int) -> str:
    """`value` x 10**-`digits` without trailing zeros beyond the first `digits_min` decimals."""
    text = fixed(value, digits)
    kept = len(text) - max(0, digits - digits_min)
    return (text[:kept] + text[kept:].rstrip("0")).removesuffix(".")


def divide_half_even(numerator: int, denominator: int) -> int:
    """The nearest whole number to a ratio of two positive ones, the even one when two are near."""
    quotient, rest = divmod(numerator, denominator)
    return quotient + (2 * rest + (quotient & 1) > denominator)
