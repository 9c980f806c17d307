"""Looking that costs too much is done more seldom."""

from __future__ import annotations

from dsinfra_jlab.domain.resources.sampler_cost import CostBook


def looks(book: CostBook, count: int, cpu_s: float, at_s: float = 0.0) -> float:
    for _ in range(count):
        at_s += book.factor
        book.add(at_s, cpu_s)
    return at_s


def test_cheap_looks_go_on_as_they_are() -> None:
    book = CostBook()
    looks(book, 100, 0.001)
    cost = book.cost()
    assert book.factor == 1.0
    assert cost.tick_p50_s == cost.tick_p95_s == 0.001
    assert cost.cpu_ratio is not None and abs(cost.cpu_ratio - 0.001) < 1e-9


def test_dear_looks_get_rare_until_they_are_cheap_enough() -> None:
    book = CostBook()
    at_s = looks(book, 100, 0.018)
    assert book.factor == 4.0
    ratio = book.cost().cpu_ratio
    assert ratio is not None and ratio <= 0.005
    looks(book, 200, 0.0005, at_s)
    assert book.factor == 1.0, "and often again when they are cheap"


def test_nothing_is_said_of_no_looks() -> None:
    cost = CostBook().cost()
    assert (cost.tick_p50_s, cost.tick_p95_s, cost.cpu_ratio) == (None, None, None)


def test_one_dear_look_changes_nothing() -> None:
    book = CostBook()
    at_s = looks(book, 30, 0.001)
    book.add(at_s + 1, 0.06)
    assert book.factor == 1.0


def test_the_lag_of_the_loop_is_that_of_the_last_minute() -> None:
    book = CostBook()
    book.add_lag(0.0, None)
    assert (book.cost().loop_lag_p50_s, book.cost().loop_lag_p95_s) == (None, None)
    book.add_lag(1.0, 5.0)
    for second in range(2, 62):
        book.add_lag(float(second), 0.5 if second % 10 == 0 else 0.001)
    cost = book.cost()
    assert cost.loop_lag_p50_s == 0.001
    assert cost.loop_lag_p95_s == 0.5, "and not the 5 s of a minute ago"
    book.add_lag(122.0, None)
    assert book.cost().loop_lag_p50_s is None, "nobody has looked for a minute"
