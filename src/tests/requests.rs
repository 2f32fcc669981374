//! Canonical requests and the bodies they become.
