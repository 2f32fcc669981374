//! How far one instance may grow.
//!
//! Like [`wasmtime::StoreLimits`], but past the limit the guest traps with a typed error instead of being told "no":
//! a Rust guest would abort anyway, and the host then could not tell a full memory from a defect.

use wasmtime::ResourceLimiter;

/// Elements in any one table. Function tables of real components have some hundreds.
const TABLE_ELEMENTS: usize = 20_000;

/// The guest asked for more memory than it was granted.
#[derive(Debug, thiserror::Error)]
#[error("the component may have {limit} bytes of memory and asked for {wanted}")]
pub(crate) struct MemoryExceeded {
    /// Bytes granted.
    pub(crate) limit: usize,
    /// Bytes that the memory would have had.
    pub(crate) wanted: usize,
}

/// The limits of one store.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Bytes of each linear memory.
    pub(crate) memory: usize,
    /// Bytes that all linear memories have by now.
    pub(crate) used: usize,
}

impl ResourceLimiter for Limits {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if desired > self.memory {
            return Err(MemoryExceeded {
                limit: self.memory,
                wanted: desired,
            }
            .into());
        }
        self.used += desired.saturating_sub(current);
        Ok(true)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(desired <= TABLE_ELEMENTS)
    }
}
