//! What is made up against what was lost.
