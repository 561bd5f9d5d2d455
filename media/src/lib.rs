//! Voice: descriptions, packets, codecs, bridges.
