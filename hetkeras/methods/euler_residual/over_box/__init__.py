"""One solve for all calibrations of a box: fields of the model are states that rest."""
