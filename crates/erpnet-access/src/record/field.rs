//! The attributes of the record, by name.

use std::fmt;

use serde::{Serialize, Serializer};

macro_rules! fields {
    ($($name:ident),* $(,)?) => {
        /// An attribute of the Trusted Application record, named as the Domain API spells it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[allow(missing_docs, reason = "each name is the attribute's own, described on `TrustedApplication`")]
        pub enum Field { $($name),* }

        impl Field {
            /// Every attribute.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The attribute's name on the wire.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }
        }
    };
}

fields!(
    Id,
    ApplicationUri,
    Name,
    ClientType,
    ApplicationSecretHash,
    IsEnabled,
    ImpersonateAsInternalUserAllowed,
    ImpersonateAsCommunityUserAllowed,
    ImpersonateLoginUrl,
    ImpersonateLogoutUrl,
    SystemUserAllowed,
    SystemUser,
    SystemUserLoginUrl,
    Scope,
    ReferenceTokens,
    BasicAuthenticationAllowed,
    CreationTimeUtc,
    Notes,
    Authorizations,
    ObjectVersion,
    ExternalId,
    ExternalSystem,
    AggregateLastUpdateTimeUtc,
    AdditionalDataJson,
    DisplayText,
);

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Field {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
