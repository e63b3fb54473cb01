"""What networks and the freedom to move links are worth, as shares of consumption for ever.

A value stands for the constant consumption that is worth as much (`DiscountedUtility.consumption_equivalent`); what one
value is worth more than another is how much more consumption that is. All are at mean productivity, mean over turns;
where sectors decide, values of their delegates are weighted by what is consumed of each, as log unit costs are in GDP.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from hetkeras.methods.jump_diffusion.switching.loaded import LoadedTurnPolicy
from hetkeras.models.production_network.planner import ProductionNetwork


def consumption_equivalents(policy: LoadedTurnPolicy[ProductionNetwork]) -> dict[str, float]:
    """Shares of consumption; NaN where the network claims a value that no consumption has.

    Returns:
      forming_consumption: what forming links is worth to a consumer without any, over none ever.
      losing_consumption: what one with every link gains, over links that stay for ever: a loss, if it is one.
      network_consumption: having every link now, over having none, under the policy.
      frozen_network_consumption: the same if no link ever moved.
    """
    model = policy.model
    links = tf.constant(np.stack([np.where(model.movable, 0.0, 1.0).ravel(), np.ones(model.num_sectors**2)]))
    state = tf.constant(np.stack([model.mean_state] * 2))
    values = model.to_consumer(policy.evaluate(state, links, tf.zeros((2,), tf.int32)).values)
    equivalent = model.preferences.consumption_equivalent
    none, full = equivalent(values).numpy()
    frozen_none, frozen_full = equivalent(model.frozen_value(state, links)).numpy()
    logs = {
        "forming_consumption": none - frozen_none,
        "losing_consumption": full - frozen_full,
        "network_consumption": full - none,
        "frozen_network_consumption": frozen_full - frozen_none,
    }
    return {name: float(np.expm1(log)) for name, log in logs.items()}
