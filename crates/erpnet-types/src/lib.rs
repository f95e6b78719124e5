//! The nouns of ERP.net, with the rules that make a value of each valid.
//!
//! | Module | What it holds |
//! |---|---|
//! | [`instance`] | [`Instance`]: one tenant, four spellings, one canonical value |
//! | [`authority`] | [`InstanceAuthority`] and [`GlobalAuthority`]: who issues tokens, as two types |
//! | [`site`] | [`SiteKind`], [`SiteStatus`]: what an instance runs |
//! | [`scope`] | [`Scope`], [`ScopeSet`] |
//! | [`client_id`] | [`ClientId`]: the `ApplicationUri` of a Trusted Application |
//! | [`timestamp`] | [`Timestamp`]: a wall-clock instant as a value |
//! | [`secret`] | [`Secret`], [`SecretHash`] |
//! | [`token`] | [`AccessToken`], [`RefreshToken`], [`RawIdToken`], [`ReferenceToken`] |
//!
//! Parse, don't validate: a value that exists is valid. Nothing here does I/O, reads a clock or draws randomness,
//! and nothing panics on any input. Rule ids (`AUTH-nnn`) name the rules of ERP.net that a type enforces.
//!
//! ```
//! use erpnet_types::{Instance, Scope, ScopeSet};
//!
//! let instance = Instance::parse("DemoDB")?;
//! assert_eq!(instance.root_url().as_str(), "https://demodb.my.erp.net/");
//! assert_eq!(ScopeSet::parse("update read")?.to_string(), "read update");
//! assert!(ScopeSet::parse("read")?.contains(&Scope::READ));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

pub mod authority;
pub mod client_id;
pub mod instance;
pub mod scope;
pub mod secret;
pub mod site;
pub mod timestamp;
pub mod token;

pub use authority::{Authority, AuthorityError, GlobalAuthority, InstanceAuthority};
pub use client_id::{ClientId, ClientIdError};
pub use instance::{Instance, InstanceError, InstanceHost};
pub use scope::{Scope, ScopeError, ScopeSet};
pub use secret::{Secret, SecretError, SecretHash, SecretHashError};
pub use site::{SiteKind, SiteStatus};
pub use timestamp::Timestamp;
pub use token::{
    AccessToken, RawIdToken, ReferenceToken, ReferenceTokenKind, RefreshToken, TokenError,
};
