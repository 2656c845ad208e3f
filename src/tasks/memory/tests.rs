//! What is particular to the engine in memory; what all engines promise is in the suite.
