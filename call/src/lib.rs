//! The words of telephony: causes, numbers, signals.
