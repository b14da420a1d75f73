//! Samples to findings. Pure: time is an argument.
