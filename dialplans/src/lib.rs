//! Where a number goes: text in, routes out.
