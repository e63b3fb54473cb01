"""What solvers may ask of the economics: one abstract class for each kind of model."""
