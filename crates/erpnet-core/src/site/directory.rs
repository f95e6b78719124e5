//! The sites of one instance, and the choice among them.

use erpnet_types::{Instance, InstanceAuthority, SiteKind, SiteStatus};
use url::Url;

use super::document::{Document, Entry, MAX_SITES, text};
use super::origin::OriginRules;
use crate::error::{Error, Reason, clean_text};
use crate::reading::Lazy;

/// What an instance says it runs.
///
/// ```
/// use erpnet_core::site::{OriginRules, SiteDirectory};
/// use erpnet_types::Instance;
///
/// let json = br#"{"WebSites":[{"Type":"DomainAPI","Status":"Working","Url":"https://demodb.my.erp.net/api"}]}"#;
/// let sites = SiteDirectory::parse(json, Instance::parse("demodb")?, &OriginRules::default())?;
/// assert_eq!(sites.odata_root()?.as_str(), "https://demodb.my.erp.net/api/domain/odata/");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteDirectory {
    instance: Instance,
    host: Option<String>,
    database: Option<String>,
    sites: Vec<SiteEntry>,
}

/// One site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteEntry {
    /// What it is.
    pub kind: SiteKind,
    /// Whether it answers, by the instance's own view.
    pub status: SiteStatus,
    /// What the instance says about the status.
    pub description: Option<String>,
    /// Where it is, or why that place is refused (AUTH-028).
    pub url: Result<Url, String>,
    /// Whether it belongs to the platform.
    pub system: bool,
    /// `AdditionalProperties.ODataServiceRoot`, or why it is refused.
    pub odata_root: Option<Result<Url, String>>,
}

impl SiteDirectory {
    /// Reads an auto-discovery document.
    ///
    /// # Errors
    /// [`Reason::NotAnInstance`] when it is no object with a list `WebSites`, or lists more than [`MAX_SITES`]. Odd
    /// entries are read as far as they go; entries without `Type` are left out.
    pub fn parse(json: &[u8], instance: Instance, rules: &OriginRules) -> Result<Self, Error> {
        let not = |found: String| Error::from(Reason::NotAnInstance { found });
        let document: Document<'_> = crate::reading::parse_object(json)
            .map_err(|_| not("JSON without a list `WebSites`".to_owned()))?;
        if document.web_sites.len() > MAX_SITES {
            return Err(not(format!(
                "{} sites, more than the {MAX_SITES} that are read",
                document.web_sites.len()
            )));
        }
        let sites = document
            .web_sites
            .iter()
            .filter_map(|site| entry(&site.read_object()?, &instance, rules))
            .collect();
        let shown = |member: Lazy<'_>| member.read().map(|text: String| clean_text(&text, 200));
        Ok(Self {
            host: shown(document.host),
            database: shown(document.db_name),
            sites,
            instance,
        })
    }

    /// The instance that was asked. Directories are kept by it, not by the database name (AUTH-026).
    #[must_use]
    pub fn instance(&self) -> &Instance {
        &self.instance
    }

    /// The host name as the server knows it.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    /// The database, for display.
    #[must_use]
    pub fn database(&self) -> Option<&str> {
        self.database.as_deref()
    }

    /// Every entry, as listed.
    #[must_use]
    pub fn sites(&self) -> &[SiteEntry] {
        &self.sites
    }

    /// Chooses the site of a kind: the first that works, else the first of unknown status (AUTH-020).
    ///
    /// # Errors
    /// [`Reason::SiteNotConfigured`] when none is listed (AUTH-009), [`Reason::SiteNotWorking`] when all are down,
    /// [`Reason::SiteUrlRefused`] when the chosen one's URL cannot be used.
    pub fn site(&self, kind: &SiteKind) -> Result<(&SiteEntry, &Url), Error> {
        let site = self.choose(kind, |site| site.url.is_ok())?;
        usable(site).map(|url| (site, url))
    }

    /// The first entry that works, else the first of unknown status; one that can be used before one that cannot.
    fn choose(
        &self,
        kind: &SiteKind,
        usable: impl Fn(&SiteEntry) -> bool,
    ) -> Result<&SiteEntry, Error> {
        let of_kind = || self.sites.iter().filter(|site| site.kind == *kind);
        let found = [SiteStatus::Working, SiteStatus::Unknown]
            .into_iter()
            .find_map(|status| {
                let with = || of_kind().filter(move |site| site.status == status);
                with().find(|site| usable(site)).or_else(|| with().next())
            });
        if let Some(site) = found {
            return Ok(site);
        }
        match of_kind().next() {
            None => Err(Reason::SiteNotConfigured(kind.clone()).into()),
            Some(down) => {
                let description = down
                    .description
                    .clone()
                    .unwrap_or_else(|| "no reason is given".to_owned());
                Err(Reason::SiteNotWorking {
                    kind: kind.clone(),
                    description,
                }
                .into())
            }
        }
    }

    /// The instance's authority. The status of its site is not asked: OpenID discovery decides (AUTH-021, AUTH-044).
    ///
    /// # Errors
    /// [`Reason::SiteNotConfigured`] or [`Reason::SiteUrlRefused`].
    pub fn authority(&self) -> Result<InstanceAuthority, Error> {
        let kind = SiteKind::Identity;
        let listed = self.sites.iter().find(|site| site.kind == kind);
        let site = listed.ok_or_else(|| Error::from(Reason::SiteNotConfigured(kind.clone())))?;
        let url = usable(site)?;
        InstanceAuthority::at(self.instance.clone(), url.as_str()).map_err(|error| {
            Reason::SiteUrlRefused {
                kind,
                why: error.to_string(),
            }
            .into()
        })
    }

    /// The root of the Profile site, with one trailing slash: `/profile` by default, and wherever else the instance puts
    /// it (AUTH-029).
    ///
    /// # Errors
    /// As [`SiteDirectory::site`].
    pub fn profile_root(&self) -> Result<Url, Error> {
        self.site(&SiteKind::UserProfile)
            .map(|(_, url)| with_slash(url.clone()))
    }

    /// The root of the Domain API's OData service, with one trailing slash (AUTH-022..024).
    ///
    /// # Errors
    /// As [`SiteDirectory::site`].
    pub fn odata_root(&self) -> Result<Url, Error> {
        let kind = SiteKind::DomainApi;
        let site = self.choose(&kind, |site| {
            site.odata_root
                .as_ref()
                .map_or(site.url.is_ok(), Result::is_ok)
        })?;
        match &site.odata_root {
            Some(Ok(root)) => Ok(with_slash(root.clone())),
            Some(Err(why)) => Err(Reason::SiteUrlRefused {
                kind,
                why: why.clone(),
            }
            .into()),
            None => {
                let base = with_slash(usable(site)?.clone());
                base.join("domain/odata/").map_err(|_| {
                    Reason::SiteUrlRefused {
                        kind,
                        why: "no path can be put below it".to_owned(),
                    }
                    .into()
                })
            }
        }
    }
}

fn entry(entry: &Entry<'_>, instance: &Instance, rules: &OriginRules) -> Option<SiteEntry> {
    let kind = SiteKind::from_name(&text(entry.kind)?);
    let url = match text(entry.url) {
        Some(url) => rules.check(&url, instance),
        None => Err("it has no `Url`".to_owned()),
    };
    let status = text(entry.status);
    Some(SiteEntry {
        kind,
        status: status.map_or(SiteStatus::Unknown, |name| SiteStatus::from_name(&name)),
        description: text(entry.status_description).map(|text| clean_text(&text, 200)),
        url,
        system: entry.system.read().unwrap_or(false),
        odata_root: entry.odata_root().map(|root| rules.check(&root, instance)),
    })
}

fn usable(site: &SiteEntry) -> Result<&Url, Error> {
    site.url.as_ref().map_err(|why| {
        Reason::SiteUrlRefused {
            kind: site.kind.clone(),
            why: why.clone(),
        }
        .into()
    })
}

pub(crate) fn with_slash(mut url: Url) -> Url {
    url.set_query(None);
    url.set_fragment(None);
    let path = format!("{}/", url.path().trim_end_matches('/'));
    url.set_path(&path);
    url
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use serde_json::json;

    fn parse(value: &Value) -> SiteDirectory {
        let demodb = Instance::parse("demodb").unwrap();
        SiteDirectory::parse(
            value.to_string().as_bytes(),
            demodb,
            &OriginRules::default(),
        )
        .unwrap()
    }

    fn sites(entries: Value) -> SiteDirectory {
        parse(&json!({ "WebSites": entries }))
    }

    #[test]
    fn auth_013_014_015_whole_short_and_odd_documents() {
        let whole = parse(
            &json!({"Host": "demodb.my.erp.net", "DbName": "Demo DB", "More": 1, "WebSites": [
                {"Type": "DomainAPI", "Status": "Working", "StatusDescription": "", "Url": "https://demodb.my.erp.net/api",
                 "System": false, "AdditionalProperties": {"ODataServiceRoot": "https://demodb.my.erp.net/api/domain/odata"}},
                {"Type": "FutureSite", "Status": "Dreaming", "Url": "https://demodb.my.erp.net/f"},
                7, null, {"Url": "https://x"}, {"Type": 3}, {"Type": "ID", "Url": 9, "System": "yes"}
            ]}),
        );
        assert_eq!(
            (whole.host(), whole.database()),
            (Some("demodb.my.erp.net"), Some("Demo DB"))
        );
        let kinds: Vec<_> = whole
            .sites()
            .iter()
            .map(|site| site.kind.to_string())
            .collect();
        assert_eq!(kinds, ["DomainAPI", "FutureSite", "ID"]);
        assert_eq!(
            whole.odata_root().unwrap().as_str(),
            "https://demodb.my.erp.net/api/domain/odata/"
        );
        let error = whole.authority().unwrap_err();
        assert!(
            matches!(error.reason(), Reason::SiteUrlRefused { .. }),
            "{error}"
        );
        assert!(
            parse(&json!({"DbName": null, "WebSites": []}))
                .database()
                .is_none()
        );
    }

    #[test]
    fn auth_022_023_024_odata_root() {
        for properties in [
            json!(null),
            json!({}),
            json!({"ODataServiceRoot": ""}),
            json!({"ODataServiceRoot": null}),
        ] {
            for url in [
                "https://demodb.my.erp.net/api",
                "https://demodb.my.erp.net/api/",
            ] {
                let directory = sites(
                    json!([{"Type": "API", "Status": "Working", "Url": url, "AdditionalProperties": properties}]),
                );
                assert_eq!(
                    directory.odata_root().unwrap().as_str(),
                    "https://demodb.my.erp.net/api/domain/odata/"
                );
            }
        }
        let own = sites(
            json!([{"Type": "DomainAPI", "Status": "Working", "Url": "https://a.example/api",
            "AdditionalProperties": {"ODataServiceRoot": "https://b.example/odata//"}}]),
        );
        assert_eq!(
            own.odata_root().unwrap().as_str(),
            "https://b.example/odata/"
        );
        let evil = sites(
            json!([{"Type": "DomainAPI", "Status": "Working", "Url": "https://a.example/api",
            "AdditionalProperties": {"ODataServiceRoot": "http://b.example/odata"}}]),
        );
        assert!(matches!(
            evil.odata_root().unwrap_err().reason(),
            Reason::SiteUrlRefused { .. }
        ));
    }

    #[test]
    fn auth_020_the_first_that_works_then_unknown_then_an_error() {
        let api = |status: &str, url: &str| json!({"Type": "DomainAPI", "Status": status, "StatusDescription": "stopped by hand", "Url": format!("https://{url}/")});
        let chosen = |entries: Value| {
            sites(entries)
                .site(&SiteKind::DomainApi)
                .map(|(_, url)| url.host_str().unwrap().to_owned())
        };
        let three = json!([
            api("NotWorking", "a"),
            api("Unknown", "b"),
            api("Working", "c")
        ]);
        assert_eq!(chosen(three).unwrap(), "c");
        assert_eq!(
            chosen(json!([api("NotWorking", "a"), api("Unknown", "b")])).unwrap(),
            "b"
        );
        let down = chosen(json!([api("NotWorking", "a")])).unwrap_err();
        assert!(
            matches!(down.reason(), Reason::SiteNotWorking { description, .. } if description == "stopped by hand")
        );
    }

    #[test]
    fn an_entry_that_cannot_be_used_does_not_hide_one_that_can() {
        let two = sites(json!([
            {"Type": "DomainAPI", "Status": "Working", "Url": "http://evil.example/"},
            {"Type": "DomainAPI", "Status": "Working", "Url": "https://a.example/api"}
        ]));
        assert_eq!(
            two.odata_root().unwrap().as_str(),
            "https://a.example/api/domain/odata/"
        );
        let root_only = sites(json!([{"Type": "DomainAPI", "Status": "Working",
            "AdditionalProperties": {"ODataServiceRoot": "https://b.example/odata"}}]));
        assert_eq!(
            root_only.odata_root().unwrap().as_str(),
            "https://b.example/odata/"
        );
    }

    #[test]
    fn auth_009_absent_sites_have_their_own_error() {
        let error = sites(json!([])).odata_root().unwrap_err();
        assert_eq!(
            *error.reason(),
            Reason::SiteNotConfigured(SiteKind::DomainApi)
        );
        assert!(error.advice().contains("private"));
    }

    #[test]
    fn auth_021_044_the_authority_is_the_id_site_whatever_its_status() {
        let directory = sites(
            json!([{"Type": "ID", "Status": "NotWorking", "Url": "https://login.example.com/x/"}]),
        );
        assert_eq!(
            directory.authority().unwrap().issuer(),
            "https://login.example.com/x"
        );
    }

    #[test]
    fn the_number_of_sites_is_bounded() {
        let demodb = Instance::parse("demodb").unwrap();
        let many = |n: usize| {
            let json = json!({ "WebSites": vec![json!({"Type": "ID"}); n] }).to_string();
            SiteDirectory::parse(json.as_bytes(), demodb.clone(), &OriginRules::default())
                .map(|d| d.sites().len())
        };
        assert_eq!(many(MAX_SITES - 1).unwrap(), MAX_SITES - 1);
        assert_eq!(many(MAX_SITES).unwrap(), MAX_SITES);
        assert!(many(MAX_SITES + 1).is_err());
    }
}
