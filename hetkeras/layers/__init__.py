"""Keras layers and networks; sizes and bounds come in through their constructors."""
