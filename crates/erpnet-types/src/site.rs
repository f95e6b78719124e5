//! What an instance runs: the sites that auto-discovery lists (AUTH-016..019).

use std::fmt;

/// The kind of a site, as auto-discovery names it in `Type` (AUTH-016).
///
/// Names of older servers are mapped to today's (AUTH-017); unknown names are kept (AUTH-015).
///
/// ```
/// use erpnet_types::SiteKind;
///
/// assert_eq!(SiteKind::from_name("API"), SiteKind::DomainApi);
/// assert_eq!(SiteKind::from_name("FutureSite").name(), "FutureSite");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum SiteKind {
    /// The identity service, `ID`.
    Identity,
    /// The Profile site, `UserProfile`.
    UserProfile,
    /// The Instance Manager.
    InstanceManager,
    /// The Domain API, `DomainAPI` (once `API`).
    DomainApi,
    /// The client center.
    ClientCenter,
    /// The e-commerce site.
    ECommerce,
    /// Legal reporting, Bulgaria.
    LegalBg,
    /// Social interactions.
    SocialInteractions,
    /// The digital marketplace.
    DigitalMarketplace,
    /// The web client (once `WebClientApplication`).
    WebClient,
    /// The Table API, `TableAPI`.
    TableApi,
    /// The data access API, `DataAccessAPI`.
    DataAccessApi,
    /// Legal reporting, United Kingdom.
    LegalUk,
    /// OLAP.
    Olap,
    /// Microsoft synchronisation.
    MicrosoftSync,
    /// Video conferencing.
    VideoConferencing,
    /// The AI server.
    AiServer,
    /// A kind that this version does not know, by its name on the wire.
    Other(String),
}

/// Every known kind beside its name on the wire.
const NAMES: [(SiteKind, &str); 17] = [
    (SiteKind::Identity, "ID"),
    (SiteKind::UserProfile, "UserProfile"),
    (SiteKind::InstanceManager, "InstanceManager"),
    (SiteKind::DomainApi, "DomainAPI"),
    (SiteKind::ClientCenter, "ClientCenter"),
    (SiteKind::ECommerce, "ECommerce"),
    (SiteKind::LegalBg, "LegalBG"),
    (SiteKind::SocialInteractions, "SocialInteractions"),
    (SiteKind::DigitalMarketplace, "DigitalMarketplace"),
    (SiteKind::WebClient, "WebClient"),
    (SiteKind::TableApi, "TableAPI"),
    (SiteKind::DataAccessApi, "DataAccessAPI"),
    (SiteKind::LegalUk, "LegalUK"),
    (SiteKind::Olap, "OLAP"),
    (SiteKind::MicrosoftSync, "MicrosoftSync"),
    (SiteKind::VideoConferencing, "VideoConferencing"),
    (SiteKind::AiServer, "AIServer"),
];

/// Names that older servers send (AUTH-017).
const LEGACY: [(&str, SiteKind); 4] = [
    ("API", SiteKind::DomainApi),
    ("LEGALBG", SiteKind::LegalBg),
    ("LEGALUK", SiteKind::LegalUk),
    ("WebClientApplication", SiteKind::WebClient),
];

impl SiteKind {
    /// The kind that a `Type` on the wire means. Any text is accepted.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        let current = NAMES
            .iter()
            .find(|(_, known)| *known == name)
            .map(|(kind, _)| kind);
        let legacy = || {
            LEGACY
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, kind)| kind)
        };
        current
            .or_else(legacy)
            .cloned()
            .unwrap_or_else(|| Self::Other(name.to_owned()))
    }

    /// The name on the wire, as current servers send it.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Other(name) => name,
            known => NAMES
                .iter()
                .find(|(kind, _)| kind == known)
                .map_or("Unknown", |(_, name)| name),
        }
    }

    /// All kinds that have a name in this version.
    pub fn known() -> impl Iterator<Item = Self> {
        NAMES.into_iter().map(|(kind, _)| kind)
    }
}

impl fmt::Display for SiteKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Whether a site answers, as auto-discovery says (AUTH-019). A hint: it can be out of date (AUTH-038).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SiteStatus {
    /// Not determined yet, or a word this version does not know.
    #[default]
    Unknown,
    /// It responds.
    Working,
    /// It is down or does not respond.
    NotWorking,
}

impl SiteStatus {
    /// Reads a `Status` on the wire; anything unexpected is [`SiteStatus::Unknown`].
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        match name {
            "Working" => Self::Working,
            "NotWorking" => Self::NotWorking,
            _ => Self::Unknown,
        }
    }

    /// The name on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "Unknown",
            Self::Working => "Working",
            Self::NotWorking => "NotWorking",
        }
    }
}

impl fmt::Display for SiteStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auth_016_every_known_name_round_trips() {
        for kind in SiteKind::known() {
            assert_eq!(SiteKind::from_name(kind.name()), kind);
        }
        assert_eq!(SiteKind::known().count(), 17);
    }

    #[test]
    fn auth_015_017_legacy_and_unknown_names() {
        for (name, kind) in LEGACY {
            assert_eq!(SiteKind::from_name(name), kind);
        }
        for unknown in ["WMSMobileApp", "Unknown", "domainapi", ""] {
            assert_eq!(
                SiteKind::from_name(unknown),
                SiteKind::Other(unknown.into())
            );
            assert_eq!(SiteKind::from_name(unknown).name(), unknown);
        }
    }

    #[test]
    fn auth_019_status() {
        for status in [
            SiteStatus::Unknown,
            SiteStatus::Working,
            SiteStatus::NotWorking,
        ] {
            assert_eq!(SiteStatus::from_name(status.name()), status);
        }
        assert_eq!(SiteStatus::from_name("Restarting"), SiteStatus::Unknown);
    }
}
