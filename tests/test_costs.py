"""Costs: work whose seconds and bytes are known."""

import time

import pytest
import torch

from cfg_lessons.costs import peak_bytes, seconds

MB = 2**20


def fresh(megabytes):
    """A new tensor of so many megabytes."""
    return torch.zeros(megabytes * MB // 4)


def one():
    fresh(10)


def two_at_once():
    a, b = fresh(10), fresh(5)
    return a, b


def one_after_the_other():
    a = fresh(10)
    del a
    fresh(5)


def again_and_again():
    for _ in range(5):
        fresh(10)


def a_small_one_last():
    a = fresh(10)
    b = fresh(10)
    del a, b
    fresh(1)


def in_turns():
    a = fresh(10)
    for _ in range(5):
        a = a + 1  # the old one goes when the new one is there
    return a


OLD = fresh(10)


def old_tensors_read():
    OLD.sum()


def inside_of_one_function():
    OLD.logsumexp(0)  # holds the exponentials on its way


@pytest.mark.parametrize("work, megabytes", [
    (one, 10), (two_at_once, 15), (one_after_the_other, 10), (again_and_again, 10), (a_small_one_last, 20),
    (in_turns, 20), (old_tensors_read, 0), (inside_of_one_function, 10),
])  # fmt: skip
def test_the_peak_is_what_is_held_at_one_time(work, megabytes):
    assert peak_bytes(work) == pytest.approx(megabytes * MB, rel=0.01, abs=1000)


def test_what_only_the_first_call_makes_is_not_counted():
    made = []

    def work():
        if not made:
            made.append(fresh(50))
        fresh(10)

    assert peak_bytes(work) == pytest.approx(10 * MB, rel=0.01)


def test_nothing_is_left_over_from_one_measurement_to_the_next():
    assert peak_bytes(two_at_once) == peak_bytes(two_at_once)


def test_gradients_hold_every_layers_answer_and_without_them_only_the_last_are_held():
    layers = torch.nn.Sequential(*[part for _ in range(12) for part in (torch.nn.Linear(64, 64), torch.nn.ReLU())])
    x, answer = torch.randn(4096, 64), 4096 * 64 * 4

    def forget():
        with torch.no_grad():
            layers(x)

    def learn():
        torch.autograd.grad(layers(x).sum(), layers[0].weight)

    assert 2 * answer <= peak_bytes(forget) < 4 * answer
    assert 12 * answer <= peak_bytes(learn) < 16 * answer


def test_ten_milliseconds_are_ten_milliseconds():
    assert 0.01 <= seconds(lambda: time.sleep(0.01), least=0.1) < 0.05


def test_twenty_times_the_work_takes_many_times_as_long():
    a = torch.randn(200, 200)

    def times(n):
        return seconds(lambda: [a @ a for _ in range(n)], least=0.1)

    assert times(20) > 5 * times(1)  # 20 on an idle machine


def test_a_single_slow_call_does_not_count():
    calls = []

    def work():
        calls.append(1)
        time.sleep(1.0 if len(calls) in (1, 60) else 0.002)

    assert seconds(work, least=1.1) < 0.01  # the mean is 0.02


def test_it_measures_for_as_long_as_it_is_told():
    spent = []

    def work():
        began = time.perf_counter()
        time.sleep(0.005)
        spent.append(time.perf_counter() - began)

    seconds(work, least=0.2)
    assert sum(spent) >= 0.2


def test_the_number_of_threads_stays_what_it_is():
    before, seen = torch.get_num_threads(), set()
    try:
        torch.set_num_threads(before + 1)
        seconds(lambda: seen.add(torch.get_num_threads()), least=0.01)
        assert seen == {torch.get_num_threads()} == {before + 1}
    finally:
        torch.set_num_threads(before)
