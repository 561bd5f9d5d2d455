//! Every tone of every country, measured.
