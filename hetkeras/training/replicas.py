"""Replicas that train on parts of one batch: on the devices of this process, and on those of other processes.

Each replica is a whole solver with variables of its own. They share nothing but sums, which TensorFlow's strategies
carry over devices and processes. Parts are added in their order, wherever they are, so that a sum is the same to the
bit on one device and on many.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf


class Replicas:
    """The replicas of this process among all.

    Args:
      parts: replicas in all, a multiple of the devices in all processes.
      strategy: of TensorFlow, over the devices of this process and of all others; None for one device.
      worker: place of this process among all, from 0; the first one leads: it is the one that writes.
    """

    def __init__(self, parts: int, strategy: tf.distribute.Strategy | None = None, worker: int = 0) -> None:
        self.parts, self.worker, self._strategy = parts, worker, strategy
        devices: Sequence[str] = [""] if strategy is None else strategy.extended.worker_devices
        in_all = 1 if strategy is None else strategy.num_replicas_in_sync
        self.num_workers = in_all // len(devices)
        self._each = parts // in_all
        self.devices = [device for device in devices for _ in range(self._each)]
        """Of each replica here."""
        self.first_place = worker * len(self.devices)
        """Place among all replicas of the first one here."""

    @property
    def leads(self) -> bool:
        return self.worker == 0

    def total(self, nests: Sequence[Any]) -> list[Any]:
        """Sums over all replicas, for use in graphs.

        Args:
          nests: of each replica here a nest of tensors, of the same shapes everywhere.

        Returns:
          For each replica here the nest of sums, on its device.
        """
        flat = [tf.nest.flatten(nest) for nest in nests]
        sums: list[list[Any]] = [[None] * len(tensors) for tensors in flat]
        for dtype in sorted({tensor.dtype for tensor in flat[0]}, key=str):
            places = [place for place, tensor in enumerate(flat[0]) if tensor.dtype == dtype]
            shapes = [flat[0][place].shape for place in places]
            vectors = [tf.concat([tf.reshape(tensors[place], (-1,)) for place in places], 0) for tensors in flat]
            for replica, vector in enumerate(self._sums(vectors)):
                split = tf.split(vector, [shape.num_elements() for shape in shapes])
                for place, shape, part in zip(places, shapes, split, strict=True):
                    sums[replica][place] = tf.reshape(part, shape)
        return [tf.nest.pack_sequence_as(nests[0], tensors) for tensors in sums]

    def _sums(self, vectors: Sequence[tf.Tensor]) -> list[tf.Tensor]:
        """Sums of vectors over all replicas, for each one here."""
        if self._strategy is None:
            return [tf.add_n(list(vectors))] * len(vectors)
        found = self._strategy.experimental_local_results(self._strategy.run(self._gathered_sum, (list(vectors),)))
        return [total for total in found for _ in range(self._each)]

    def _gathered_sum(self, vectors: Sequence[tf.Tensor]) -> tf.Tensor:
        """On one device: all parts, each of them from the one device where it is not zero, added in their order."""
        context = tf.distribute.get_replica_context()
        first = int(tf.get_static_value(context.replica_id_in_sync_group)) * self._each
        rows = [tf.zeros_like(vectors[0])] * self.parts
        here = first - self.first_place
        rows[first : first + self._each] = vectors[here : here + self._each]
        return tf.add_n(tf.unstack(context.all_reduce(tf.distribute.ReduceOp.SUM, tf.stack(rows))))
