"""Typed functions: see docs/python-functions.md."""

# small: coprime(40) = 947
# timed: coprime(500) = 151831

from seaofnodes import function, i32, u64


@function
def gcd(x: u64, y: u64) -> u64:
    """The greatest common divisor, after Euclid."""
    while y != 0:
        x, y = y, x % y
    return x


@function
def coprime(limit: u64) -> u64:
    """How many pairs of numbers below a limit have no common divisor."""
    count = u64(0)
    for x in range(1, limit):
        for y in range(1, limit):
            if gcd(x, y) == 1:
                count += 1
    return count


@function
def joined(x: i32, y: i32) -> i32:
    """Two words joined bit by bit, in a roundabout way."""
    return (x & y) | (x ^ y)
