"""What firms do with capital and labor when uncertainty is low and when it has just risen."""

import matplotlib.pyplot as plt
import tensorflow as tf

model = tf.saved_model.load("exported_models/bloom")
labor, capital = tf.meshgrid(tf.linspace(0.1, 0.6, 120), tf.linspace(2.0, 11.0, 120))
firms = {"capital": tf.reshape(capital, [-1]), "lagged_labor": tf.reshape(labor, [-1])}
ones = tf.ones_like(firms["capital"])
_, panels = plt.subplots(1, 2, sharey=True)
for axes, uncertainty, title in zip(panels, (0.0, 1.0), ("low uncertainty", "it has just risen"), strict=True):
    economy = {"aggregate": ones, "mean_capital": 6 * ones, "uncertainty": uncertainty * ones}
    economy["lagged_uncertainty"] = 0 * ones
    price = model.signatures["forecast"](**economy)["price"]
    branch = model.signatures["policy"](**firms, **economy, idiosyncratic=ones, price=price)["branch"]
    shown = axes.pcolormesh(labor, capital, tf.reshape(branch, capital.shape), cmap=plt.get_cmap("cividis", 4))
    shown.set_clim(-0.5, 3.5)
    axes.set(title=title, xlabel="labor of the last quarter")
panels[0].set_ylabel("capital (goods)")
bar = plt.colorbar(shown, ax=panels, ticks=range(4))
bar.ax.set_yticklabels(["neither", "capital", "labor", "both"])
