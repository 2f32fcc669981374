//! The shell: what the worlds of `wit/bedrock/worlds.wit` export, over what they import.
//!
//! Thin on purpose: it converts, moves bytes and waits. Every rule is in the core. One world is built at a time, by the
//! feature of its name.

mod credentials;
mod models;
mod pricing;

#[cfg(feature = "codec")]
mod codec;
#[cfg(any(feature = "provider", feature = "async"))]
mod provider;

/// What the exports are implemented for.
struct Component;

/// The world's exports themselves, which only generated code can declare.
#[allow(unsafe_code, unreachable_pub, reason = "generated")]
mod exports {
    use super::Component;
    use crate::world;

    world::export!(Component with_types_in world);
}
