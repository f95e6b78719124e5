//! Software that nobody here wrote, below `tests/peers`: where it is installed, how it is started and spoken to.
//!
//! Everything is pinned and installed once, below the target folder. Where a tool is absent, a test says what to install
//! and is skipped; under `CI=true` absence is a failure.

mod install;
mod process;
mod provider;
pub mod stand;
mod tools;

pub use install::{cargo_project, npm_project, python_project, source};
pub use process::{PATIENCE, Peer};
pub use provider::{Known, Provider};
pub use tools::{Tool, chromium, ready};
