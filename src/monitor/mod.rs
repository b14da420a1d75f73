//! The loop: gather, detect, diagnose, alert.
