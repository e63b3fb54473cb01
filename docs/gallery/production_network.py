"""What each link between sectors is worth to the planner when none is there."""

import json

import matplotlib.pyplot as plt
import tensorflow as tf

model = tf.saved_model.load("exported_models/production_network_n5")
about = json.loads(model.signatures["describe"]()["json"].numpy())
productivity = tf.constant([about["calibration"]["mean_productivity"]])
none = tf.reshape(tf.eye(5), [1, 25])  # every sector uses its own good
worth = model.signatures["gains"](links=none, productivity=productivity)["link_gain"][0]
plt.imshow(tf.linalg.set_diag(worth, tf.fill([5], float("nan"))), cmap="cividis")
plt.xlabel("supplier (sector)")
plt.ylabel("user (sector)")
plt.colorbar(label=about["units"]["link_gain"].partition(" at ")[0])
