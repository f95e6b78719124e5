//! JSON Web Signatures as ERP.net issues them: RS256, by key id, nothing else (AUTH-068..081).
//!
//! | Step | Module |
//! |---|---|
//! | three parts, strict base64url | [`compact`] |
//! | protected header | [`header`] |
//! | key by `kid`, signature | [`jwk`] |
//! | members of the payload | [`members`] |

pub mod compact;
pub mod fault;
pub mod header;
pub mod jwk;
pub mod members;

pub use compact::{Compact, MAX_TOKEN_LEN};
pub use fault::TokenFault;
pub use header::Header;
pub use jwk::{KeySet, MAX_KEYS};
pub use members::{MAX_CLAIMS, Members};
