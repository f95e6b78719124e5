//! JSON Web Signatures as ERP.net issues them: RS256, by key id (AUTH-068..081). PS256 and ES256 have to be allowed,
//! `none` and HMAC cannot be.
//!
//! | Step | Module |
//! |---|---|
//! | three parts, strict base64url | [`compact`] |
//! | protected header | [`header`] |
//! | key by `kid`, signature | [`jwk`] |
//! | what is allowed, and which library verifies | [`SignatureRules`] |
//! | members of the payload | [`members`] |

mod algorithm;
mod backend;
mod base64url;
pub mod compact;
pub mod fault;
pub mod header;
pub mod jwk;
pub mod members;
mod p256;
mod plain;
mod public_key;
pub(crate) mod scan;
pub(crate) mod scan_list;
mod seen;

pub use algorithm::{SignatureAlgorithm, SignatureAlgorithms};
pub use backend::SignatureBackend;
pub use compact::{Compact, MAX_TOKEN_LEN};
pub use fault::TokenFault;
pub use header::Header;
pub use jwk::{KeySet, MAX_KEYS, SignatureRules};
pub use members::{MAX_CLAIMS, Members};
pub use scan::MAX_DEPTH;
