"""When requests are sent: each user's timetable, drawn by seed before any answer is known."""

import random

JITTER = (0.5, 1.5)
"""A user's gaps, as parts of its cycle. Equal gaps make users fire together, and alias with the scaler's 1 s scrape."""


class Pace:
    """When one user sends: gaps drawn evenly around the cycle, on a timetable that a slow answer does not shift."""

    def __init__(self, cycle_s: float, chance: random.Random, now: float):
        self.cycle_s, self.chance = cycle_s, chance
        low, high = JITTER
        # The first start lies where a user who had always been there would have it: a random point of a gap drawn by
        # its length. So the offered rate is users / cycle from the first second on, with no dip and no burst.
        gap = (low**2 + chance.random() * (high**2 - low**2)) ** 0.5 * cycle_s
        self.next_start = now + chance.random() * gap

    def wait(self, now: float) -> float:
        """Seconds until the next start; 0 when it is overdue. Each call moves on by one request."""
        wait = max(0.0, self.next_start - now)
        self.next_start += self.chance.uniform(*JITTER) * self.cycle_s
        return wait
