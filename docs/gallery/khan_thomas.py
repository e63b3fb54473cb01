"""The probability that a firm adjusts, by its capital, at the price that firms expect."""

import matplotlib.pyplot as plt
import tensorflow as tf

model = tf.saved_model.load("exported_models/khan_thomas")
capital = tf.linspace(0.5, 3.5, 200)
economy = {"aggregate": tf.ones(200), "mean_capital": tf.fill([200], 1.5)}
price = model.signatures["forecast"](**economy)["price"]
for productivity in (0.92, 1.0, 1.09):
    firms = {"idiosyncratic": tf.fill([200], productivity), "capital": capital}
    choice = model.signatures["policy"](**firms, **economy, price=price)
    plt.plot(capital, choice["adjustment_probability"], label=f"productivity {productivity}")
plt.xlabel("capital of the firm (goods)")
plt.ylabel("probability of adjusting")
plt.legend()
