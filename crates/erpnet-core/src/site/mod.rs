//! Site auto-discovery: which sites an instance runs, and where (AUTH-009..028).

mod directory;
mod document;
mod locate;
mod origin;

pub(crate) use directory::with_slash;
pub use directory::{SiteDirectory, SiteEntry};
pub use document::MAX_SITES;
pub use locate::{DiscoveryPath, LocateSites, Located, MAX_DOCUMENT};
pub use origin::{Origin, OriginRules};
