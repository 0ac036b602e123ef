"""Schedules are functions of the step; the controller holds its budget."""

import math

import pytest

from latentlab.training.optimisation.schedules import controlled_weight, kl_weight, learning_rate
from latentlab.training.train_config import LossConfig, OptimConfig


def test_linear_annealing_values():
    loss = LossConfig(kl_schedule="linear", kl_weight=0.001, kl_anneal_steps=10000)
    assert [kl_weight(s, loss) for s in (0, 5000, 10000, 20000)] == pytest.approx([0, 0.0005, 0.001, 0.001])


def test_sigmoid_is_half_way_at_half_time_and_never_falls():
    loss = LossConfig(kl_schedule="sigmoid", kl_weight=2.0, kl_anneal_steps=100)
    values = [kl_weight(s, loss) for s in range(200)]
    assert values[50] == pytest.approx(1.0)
    assert values[0] < 0.01
    assert values == sorted(values)


def test_cyclical_rises_in_the_first_half_of_each_cycle():
    loss = LossConfig(kl_schedule="cyclical", kl_weight=1.0, kl_anneal_steps=100)
    assert [kl_weight(s, loss) for s in (0, 25, 50, 99, 100, 125)] == pytest.approx([0, 0.5, 1, 1, 0, 0.5])


def test_constant_and_zero():
    assert kl_weight(7, LossConfig(kl_weight=0.3)) == 0.3
    assert kl_weight(7, LossConfig(kl_schedule="linear", kl_weight=0.0, kl_anneal_steps=10)) == 0.0


def test_the_controller_finds_the_beta_that_gives_the_budget():
    # A toy model of a bottleneck: the KL falls with the logarithm of beta, so 30 nats need beta = e^-3.
    beta, steps, target = 1e-3, 3000, 30.0
    for step in range(steps):
        kl = -10 * math.log(beta)
        beta = controlled_weight(beta, kl, step, 0.05 * steps, target)
    assert kl == pytest.approx(target, rel=0.01)


def test_the_controller_stays_in_its_bounds():
    assert controlled_weight(2.0, 1e9, 900, 50.0, 1.0) == 2.0
    assert controlled_weight(1e-4, 0.0, 900, 50.0, 1.0) == 1e-4
    assert controlled_weight(0.5, 0.0, 10, 50.0, 1.0) == 1e-3
    assert controlled_weight(0.5, 0.0, 10, 50.0, 1.0, start=0.2) == 0.2


def test_learning_rate_rises_stays_and_falls_to_nothing():
    optim = OptimConfig(steps=1000, warmup=0.1, cooldown=0.5)
    assert learning_rate(0, optim) == pytest.approx(0.01)
    assert learning_rate(99, optim) == pytest.approx(1.0)
    assert learning_rate(400, optim) == 1.0
    assert learning_rate(750, optim) == pytest.approx(0.5)
    assert 0 < learning_rate(999, optim) < 0.01
    assert learning_rate(1000, optim) == 0.0
