//! Fetches what rules need, from ports and the store.
