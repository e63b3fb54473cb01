"""What it is worth to enter one more destination, by its costs, for firms that export to none, five or nine."""

import matplotlib.pyplot as plt
import tensorflow as tf

model = tf.saved_model.load("exported_models/export_entry_j10")
cost = tf.linspace(0.4, 1.5, 200)
for count in (0, 5, 9):
    active = tf.concat([tf.zeros([200, 10 - count]), tf.ones([200, count])], -1)
    choice = model.signatures["policy"](active=active, cost=tf.tile(cost[:, None], [1, 10]))
    plt.plot(cost, choice["entry_gain"][:, 0], label=f"exports to {count} others")
plt.axhline(0.8, color="grey", linestyle="--", linewidth=0.8, label="what entry costs")
plt.xlabel("cost of serving a destination (of its revenue)")
plt.ylabel("gain from entering")
plt.legend()
