//! A finding and its evidence to ranked causes. Pure.
