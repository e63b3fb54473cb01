"""Values with a horizon by backward stochastic differential equations (E, Han and Jentzen 2017; Raissi 2018)."""
