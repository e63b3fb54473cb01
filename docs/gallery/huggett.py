"""Consumption by assets, of households with low, middle and high income."""

import matplotlib.pyplot as plt
import tensorflow as tf

model = tf.saved_model.load("exported_models/huggett")
assets = tf.linspace(tf.constant(0, tf.float64), 20, 200)
for income in (0.436, 0.885, 1.794):
    choice = model.signatures["policy"](assets=assets, idiosyncratic=income * tf.ones_like(assets))
    plt.plot(assets, choice["consumption"], label=f"income {income}")
plt.xlabel("assets")
plt.ylabel("consumption (goods a period)")
plt.legend()
