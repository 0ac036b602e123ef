"""Schedules: pure functions of the step, and the one controller that also looks at the KL.

The step is an argument, never an attribute, so a resumed run continues where it stopped.
"""

import math

from latentlab.training.train_config import LossConfig, OptimConfig

CONTROL_MIN, CONTROL_MAX, CONTROL_RATE, CONTROL_WAIT = 1e-4, 2.0, 0.01, 0.05


def learning_rate(step: int, optim: OptimConfig) -> float:
    """Multiplier in [0, 1]: linear warm-up, plateau, linear cool-down to zero after the last step."""
    warm = max(1.0, warmup_steps(optim))
    cool = max(1.0, optim.cooldown * optim.steps)
    return max(0.0, min(1.0, (step + 1) / warm, (optim.steps - step) / cool))


def warmup_steps(optim: OptimConfig) -> float:
    """Steps with a rising learning rate."""
    return optim.warmup * optim.steps if optim.warmup_steps is None else optim.warmup_steps


def control_wait(loss: LossConfig, steps: int) -> float:
    """Steps before the controller begins, in a run of `steps`."""
    return CONTROL_WAIT * steps if loss.kl_wait_steps is None else loss.kl_wait_steps


def kl_weight(step: int, loss: LossConfig) -> float:
    """Beta at `step` for every schedule that does not look at the KL, and the first one of the controller.

    linear and sigmoid rise over `kl_anneal_steps`; cyclical rises over the first half of every cycle of
    that many steps and stays (Fu et al. 2019, arXiv:1903.10145).
    """
    if loss.kl_schedule in ("constant", "controlled") or loss.kl_weight == 0:
        return loss.kl_weight
    done = step / loss.kl_anneal_steps
    if loss.kl_schedule == "linear":
        return loss.kl_weight * min(1.0, done)
    if loss.kl_schedule == "sigmoid":
        return loss.kl_weight / (1 + math.exp(-12 * (min(1.0, done) - 0.5)))
    return loss.kl_weight * min(1.0, 2 * (done % 1.0))


def controlled_weight(
    beta: float, kl: float, step: int, wait: float, target: float, start: float = 0.0
) -> float:
    """The next beta of the multiplicative controller that holds the KL at `target` nats.

    beta rises while the KL is above its target and falls below it (after ControlVAE, Shao et al. 2020,
    arXiv:2004.05988). It stays at `start`, or at 1e-3 without one, for the first `wait` steps, so that the
    decoder first learns to use z.
    """
    if step < wait:
        return start or 1e-3
    # The error is bounded: early KLs are many times the target and must not throw beta to its limit.
    error = max(-1.0, min(1.0, (kl - target) / target))
    return max(CONTROL_MIN, min(CONTROL_MAX, beta * math.exp(CONTROL_RATE * error)))
