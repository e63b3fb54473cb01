"""What households with and without a job add to their assets in good times."""

import matplotlib.pyplot as plt
import tensorflow as tf

model = tf.saved_model.load("exported_models/krusell_smith")
assets = tf.linspace(tf.constant(0, tf.float64), 60, 200)
economy = {"aggregate": 1.01 * tf.ones_like(assets), "mean_capital": 39 * tf.ones_like(assets)}
for job, labor in (("with a job", 1 / 0.9), ("without", 0.0)):
    choice = model.signatures["policy"](assets=assets, idiosyncratic=labor * tf.ones_like(assets), **economy)
    plt.plot(assets, choice["assets_next"] - assets, label=job)
plt.axhline(0, color="grey", linewidth=0.8)
plt.xlabel("assets (goods)")
plt.ylabel("saving (goods a quarter)")
plt.legend()
