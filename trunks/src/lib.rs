//! Lines to the PSTN: spans, channels, groups, the simulated exchange.
