"""Mean capital of ten industries of 500 firms, which start where few industries ever are."""

import matplotlib.pyplot as plt
import tensorflow as tf

model = tf.saved_model.load("exported_models/investment_nu15_n128")
capital = tf.linspace(0.8, 0.95, 10)[:, None] + 0.05 * tf.random.stateless_normal([10, 500], [0, 0])
path = []
for period in range(64):
    path.append(tf.reduce_mean(capital, -1))
    own, common = (tf.random.stateless_normal(shape, [1, period]) for shape in ([10, 500], [10]))
    shocks = {"idiosyncratic_shock": own, "aggregate_shock": common}
    step = model.signatures["transition"](capital=capital[:, 0], industry_capital=capital, **shocks)
    capital = step["industry_capital"]
plt.plot(tf.stack(path), color="#0072b2")
plt.xlabel("period")
plt.ylabel("capital, mean over firms")
