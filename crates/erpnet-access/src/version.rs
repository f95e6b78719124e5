//! What an instance's version knows (AUTH-034): a hint for explanations, never a reason to send nothing.

use std::fmt;

use serde::Serialize;

/// The version of an application server, as `/tools/ver` answers it: `26.2.0.76`.
///
/// ```
/// use erpnet_access::{Feature, ServerVersion, Support};
///
/// let version = ServerVersion::parse("26.2.0.76").ok_or("a version")?;
/// assert_eq!(Feature::ReferenceTokens.support(Some(version)), Support::Yes);
/// assert_eq!(Feature::RetainedErpLoginLogout.support(Some(version)), Support::No);
/// assert_eq!(Feature::NextLink.support(None), Support::Unknown);
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct ServerVersion([u32; 4]);

impl ServerVersion {
    /// Reads one to four numbers with dots between them; missing ones are zero. `None` for anything else, which is an
    /// unknown version.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = [0; 4];
        let mut numbers = text.trim().split('.');
        for (index, part) in parts.iter_mut().enumerate() {
            match numbers.next() {
                Some(number) if number.bytes().all(|b| b.is_ascii_digit()) => {
                    *part = number.parse().ok()?;
                }
                Some(_) => return None,
                None if index > 0 => break,
                None => return None,
            }
        }
        numbers.next().is_none().then_some(Self(parts))
    }
}

impl fmt::Display for ServerVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, build, revision] = self.0;
        write!(f, "{major}.{minor}.{build}.{revision}")
    }
}

/// What came with a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Feature {
    /// The scope `update`: before it, a token without it could write (AUTH-156).
    UpdateScope,
    /// Web sites that auto-discovery leaves out (AUTH-025).
    PrivateSites,
    /// PAT and SAT (AUTH-247).
    ReferenceTokens,
    /// The record's field is called `ReferenceTokens`, no longer `AccessTokens` (AUTH-109).
    ReferenceTokensField,
    /// `@odata.nextLink`.
    NextLink,
    /// Incremental pull by `AggregateLastUpdateTimeUtc`.
    IncrementalPull,
    /// The import endpoint.
    Import,
    /// Lifecycle events of the Marketplace.
    MarketplaceWebhooks,
    /// ErpLogin's logout keeps the session (AUTH-386).
    RetainedErpLoginLogout,
}

/// Whether an instance has a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Support {
    /// Its version does.
    Yes,
    /// Its version does not.
    No,
    /// Its version is not known, so it may: nothing is held back for that.
    Unknown,
}

impl Feature {
    /// Every feature.
    pub const ALL: [Self; 9] = [
        Self::UpdateScope,
        Self::PrivateSites,
        Self::ReferenceTokens,
        Self::ReferenceTokensField,
        Self::NextLink,
        Self::IncrementalPull,
        Self::Import,
        Self::MarketplaceWebhooks,
        Self::RetainedErpLoginLogout,
    ];

    /// The first version that has it.
    #[must_use]
    pub const fn since(self) -> ServerVersion {
        ServerVersion(match self {
            Self::UpdateScope => [22, 0, 0, 0],
            Self::PrivateSites => [23, 1, 0, 8],
            Self::ReferenceTokens
            | Self::NextLink
            | Self::IncrementalPull
            | Self::Import
            | Self::MarketplaceWebhooks => [26, 2, 0, 0],
            Self::ReferenceTokensField => [26, 2, 1, 66],
            Self::RetainedErpLoginLogout => [27, 1, 0, 0],
        })
    }

    /// Whether an instance of this version has it.
    #[must_use]
    pub fn support(self, version: Option<ServerVersion>) -> Support {
        match version {
            None => Support::Unknown,
            Some(version) if version >= self.since() => Support::Yes,
            Some(_) => Support::No,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> ServerVersion {
        ServerVersion::parse(text).unwrap()
    }

    #[test]
    fn auth_034_features_by_version_and_an_unknown_one_holds_nothing_back() {
        for (feature, last_without, first_with) in [
            (Feature::UpdateScope, "21.9.9.9", "22"),
            (Feature::PrivateSites, "23.1.0.7", "23.1.0.8"),
            (Feature::ReferenceTokens, "26.1.9.99", "26.2"),
            (Feature::NextLink, "26.1", "26.2"),
            (Feature::IncrementalPull, "26.1", "26.2"),
            (Feature::Import, "26.1", "26.2"),
            (Feature::MarketplaceWebhooks, "26.1", "26.2"),
            (Feature::ReferenceTokensField, "26.2.1.65", "26.2.1.66"),
            (Feature::RetainedErpLoginLogout, "27.0.9.9", "27.1"),
        ] {
            assert_eq!(
                feature.support(Some(version(last_without))),
                Support::No,
                "{feature:?}"
            );
            assert_eq!(
                feature.support(Some(version(first_with))),
                Support::Yes,
                "{feature:?}"
            );
            assert_eq!(
                feature.support(Some(version("99.1"))),
                Support::Yes,
                "{feature:?}"
            );
        }
        for feature in Feature::ALL {
            assert_eq!(feature.support(None), Support::Unknown, "{feature:?}");
        }
    }

    #[test]
    fn versions_are_numbers_in_order() {
        assert_eq!(version("26.2").to_string(), "26.2.0.0");
        assert_eq!(version(" 26.2.0.76\r\n"), version("26.2.0.76"));
        assert!(version("26.10") > version("26.9.99") && version("27") > version("26.99.9.9"));
        for odd in [
            "",
            ".",
            "26.",
            "26..2",
            "26.2.0.76.1",
            "v26",
            "26.x",
            "-1",
            "99999999999",
            "+1",
        ] {
            assert_eq!(ServerVersion::parse(odd), None, "{odd}");
        }
    }
}
