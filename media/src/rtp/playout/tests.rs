//! Frames of many sizes from packets of many sizes.
