//! Kinds of users.

use std::fmt;

use serde::{Serialize, Serializer};

/// The kind of a user, as `user_type` claims and the `UserType` of the Domain API name it (AUTH-254).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum UserType {
    /// Nobody said.
    #[default]
    NotStated,
    /// `InternalUser`.
    Internal,
    /// `ExternalCommunityUser`.
    ExternalCommunity,
    /// `VirtualUserNoLogin`.
    VirtualNoLogin,
    /// `SystemUserNoLogin`.
    SystemNoLogin,
    /// `ApplicationUserNoLogin`.
    ApplicationNoLogin,
    /// `InvitationInternalNoLogin`.
    InvitationInternalNoLogin,
    /// `InvitationExternalNoLogin`.
    InvitationExternalNoLogin,
    /// A name that this version does not know. Who needs the name keeps the claim.
    Other,
}

const NAMES: [(UserType, &str); 7] = [
    (UserType::Internal, "InternalUser"),
    (UserType::ExternalCommunity, "ExternalCommunityUser"),
    (UserType::VirtualNoLogin, "VirtualUserNoLogin"),
    (UserType::SystemNoLogin, "SystemUserNoLogin"),
    (UserType::ApplicationNoLogin, "ApplicationUserNoLogin"),
    (
        UserType::InvitationInternalNoLogin,
        "InvitationInternalNoLogin",
    ),
    (
        UserType::InvitationExternalNoLogin,
        "InvitationExternalNoLogin",
    ),
];

impl UserType {
    /// Every value: for tables over all of them.
    pub const ALL: [Self; 9] = [
        Self::NotStated,
        Self::Internal,
        Self::ExternalCommunity,
        Self::VirtualNoLogin,
        Self::SystemNoLogin,
        Self::ApplicationNoLogin,
        Self::InvitationInternalNoLogin,
        Self::InvitationExternalNoLogin,
        Self::Other,
    ];

    /// The kind that a name on the wire means. Any text is accepted.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        NAMES
            .into_iter()
            .find(|(_, known)| *known == name)
            .map_or(Self::Other, |(kind, _)| kind)
    }

    /// The name on the wire, or a word for what has none.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NotStated => "(not stated)",
            Self::Other => "(other)",
            known => NAMES
                .into_iter()
                .find(|(kind, _)| *kind == known)
                .map_or("", |(_, name)| name),
        }
    }

    /// Whether users of this kind cannot sign in: the name says so.
    #[must_use]
    pub const fn cannot_sign_in(self) -> bool {
        matches!(
            self,
            Self::VirtualNoLogin
                | Self::SystemNoLogin
                | Self::ApplicationNoLogin
                | Self::InvitationInternalNoLogin
                | Self::InvitationExternalNoLogin
        )
    }
}

impl fmt::Display for UserType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for UserType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auth_254_names_round_trip() {
        for (kind, name) in NAMES {
            assert_eq!(UserType::from_name(name), kind);
            assert_eq!(kind.name(), name);
        }
        assert_eq!(UserType::from_name("internaluser"), UserType::Other);
        assert_eq!(
            UserType::ALL
                .iter()
                .filter(|kind| kind.cannot_sign_in())
                .count(),
            5
        );
    }
}
