//! Scope delta: requested, granted, configured and needed, side by side.

use std::fmt;

use erpnet_types::{Scope, ScopeSet};
use serde::{Serialize, Serializer};

use crate::rule::RuleId;
use crate::rule::RuleId::{Auth, Gap};

/// One scope and where it stands; `None` where nobody told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeltaRow {
    /// The scope.
    #[serde(serialize_with = "as_text")]
    pub scope: Scope,
    /// Whether the request asked for it.
    pub requested: Option<bool>,
    /// Whether the token has it.
    pub granted: Option<bool>,
    /// Whether the record lists it.
    pub configured: Option<bool>,
    /// Whether the work at hand needs it.
    pub needed: bool,
}

fn as_text<S: Serializer>(scope: &Scope, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(scope.as_str())
}

/// Something about a set of scopes that surprises.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Trap {
    /// The rule behind it.
    pub rule: RuleId,
    /// What happens, and what to do.
    pub text: String,
}

/// Scopes side by side, and the traps in them.
///
/// ```
/// use erpnet_access::ScopeDelta;
/// use erpnet_types::ScopeSet;
///
/// let set = |text| ScopeSet::parse(text);
/// let delta = ScopeDelta::of(Some(&set("read update")?), None, Some(&set("read")?), &set("read")?);
/// assert!(delta.traps[0].text.contains("nothing is granted partially"));
/// # Ok::<(), erpnet_types::ScopeError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ScopeDelta {
    /// One row per scope that occurs anywhere.
    pub rows: Vec<DeltaRow>,
    /// What is not as it looks.
    pub traps: Vec<Trap>,
}

impl ScopeDelta {
    /// Compares. `requested` is `None` when the parameter was left out; `granted` is `None` when there was no answer
    /// or it named no scopes; `configured` is `None` when the record is not at hand.
    #[must_use]
    pub fn of(
        requested: Option<&ScopeSet>,
        granted: Option<&ScopeSet>,
        configured: Option<&ScopeSet>,
        needed: &ScopeSet,
    ) -> Self {
        let mut all = needed.clone();
        for set in [requested, granted, configured].into_iter().flatten() {
            set.iter().for_each(|scope| {
                all.insert(scope.clone());
            });
        }
        let has = |set: Option<&ScopeSet>, scope: &Scope| set.map(|set| set.contains(scope));
        let rows = all
            .iter()
            .map(|scope| DeltaRow {
                scope: scope.clone(),
                requested: Some(requested.is_some_and(|set| set.contains(scope))),
                granted: has(granted, scope),
                configured: has(configured, scope),
                needed: needed.contains(scope),
            })
            .collect();
        let mut traps = Traps(Vec::new());
        traps.request(requested, configured, needed);
        traps.answer(requested, granted, needed);
        Self {
            rows,
            traps: traps.0,
        }
    }

    /// The scopes that are needed and were not granted. Without an answer, the request stands for it (AUTH-144).
    #[must_use]
    pub fn missing(&self) -> ScopeSet {
        let absent = |row: &&DeltaRow| row.needed && row.granted.or(row.requested) == Some(false);
        self.rows
            .iter()
            .filter(absent)
            .map(|row| row.scope.clone())
            .collect()
    }
}

struct Traps(Vec<Trap>);

impl Traps {
    fn add(&mut self, rule: RuleId, text: impl Into<String>) {
        self.0.push(Trap {
            rule,
            text: text.into(),
        });
    }

    fn request(
        &mut self,
        requested: Option<&ScopeSet>,
        configured: Option<&ScopeSet>,
        needed: &ScopeSet,
    ) {
        let Some(requested) = requested.filter(|set| !set.is_empty()) else {
            // AUTH-139, AUTH-141, G21.
            let all = configured.map_or("all configured scopes".to_owned(), |set| {
                format!("all of `{set}`")
            });
            self.add(
                Auth(139),
                format!("no scope is requested: client credentials then get {all}, and a sign-in fails; name them"),
            );
            return;
        };
        let protocol = [Scope::OPENID, Scope::PROFILE, Scope::OFFLINE_ACCESS];
        if let Some(configured) = configured {
            let strangers: ScopeSet = requested
                .iter()
                .filter(|scope| !configured.contains(scope) && !protocol.contains(scope))
                .cloned()
                .collect();
            if !strangers.is_empty() {
                self.add(
                    Auth(142),
                    format!("the record lacks `{strangers}`: the whole request fails with `invalid_scope`, nothing is granted partially"),
                );
            }
        }
        let forbidden: ScopeSet = requested
            .iter()
            .filter(|scope| [Scope::SEC, Scope::DOMAIN_API].contains(scope))
            .cloned()
            .collect();
        if !forbidden.is_empty() {
            self.add(
                Auth(146),
                format!("`{forbidden}` is not for applications to request"),
            );
        }
        if requested.contains(&Scope::PROFILE) && !requested.contains(&Scope::OPENID) {
            self.add(Auth(137), "`profile` without `openid` fails");
        }
        if requested.contains(&Scope::UPDATE) && !requested.contains(&Scope::READ) {
            self.add(
                Gap(19),
                "whether `update` alone permits reading is not documented: request `read update`",
            );
        }
        let for_later: ScopeSet = requested
            .difference(needed)
            .iter()
            .filter(|scope| scope.is_resource())
            .cloned()
            .collect();
        if !for_later.is_empty() {
            self.add(
                Auth(145),
                format!("`{for_later}` is requested and not needed: request the minimum"),
            );
        }
    }

    fn answer(
        &mut self,
        requested: Option<&ScopeSet>,
        granted: Option<&ScopeSet>,
        needed: &ScopeSet,
    ) {
        let (Some(requested), Some(granted)) = (requested, granted) else {
            if let (Some(_), None) = (requested, granted) {
                self.add(
                    Auth(144),
                    "the answer names no scopes: the requested ones are assumed",
                );
            }
            return;
        };
        let narrower = requested.difference(granted);
        if !narrower.is_empty() {
            let consequence = if narrower.difference(needed).len() < narrower.len() {
                ", and it is needed"
            } else {
                ""
            };
            self.add(
                Auth(143),
                format!("`{narrower}` was requested and not granted{consequence}"),
            );
        }
        let wider = granted.difference(requested);
        if !wider.is_empty() {
            self.add(
                Auth(143),
                format!("`{wider}` was granted without being requested"),
            );
        }
    }
}

impl fmt::Display for ScopeDelta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self
            .rows
            .iter()
            .map(|row| row.scope.as_str().len())
            .max()
            .unwrap_or(0)
            .max("scope".len());
        writeln!(
            f,
            "{:<width$}  requested  granted  configured  needed",
            "scope"
        )?;
        let mark = |value: Option<bool>| match value {
            Some(true) => "yes",
            Some(false) => "-",
            None => "?",
        };
        for row in &self.rows {
            let (requested, granted, configured) =
                (mark(row.requested), mark(row.granted), mark(row.configured));
            let needed = mark(Some(row.needed));
            let scope = row.scope.as_str();
            writeln!(
                f,
                "{scope:<width$}  {requested:<9}  {granted:<7}  {configured:<10}  {needed}"
            )?;
        }
        self.traps
            .iter()
            .try_for_each(|trap| writeln!(f, "! {} [{}]", trap.text, trap.rule))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str) -> ScopeSet {
        ScopeSet::parse(text).unwrap()
    }

    fn rules(
        requested: Option<&str>,
        granted: Option<&str>,
        configured: Option<&str>,
        needed: &str,
    ) -> Vec<String> {
        let (requested, granted, configured) =
            (requested.map(set), granted.map(set), configured.map(set));
        let delta = ScopeDelta::of(
            requested.as_ref(),
            granted.as_ref(),
            configured.as_ref(),
            &set(needed),
        );
        delta
            .traps
            .iter()
            .map(|trap| trap.rule.to_string())
            .collect()
    }

    #[test]
    fn auth_137_139_142_143_144_145_146_g19_traps() {
        assert_eq!(rules(None, None, Some("read"), "read"), ["AUTH-139"]);
        assert_eq!(
            rules(Some(""), Some("read"), None, "read"),
            ["AUTH-139", "AUTH-143"]
        );
        assert_eq!(
            rules(Some("read update"), None, Some("read"), "read update"),
            ["AUTH-142", "AUTH-144"]
        );
        assert_eq!(
            rules(
                Some("openid profile read"),
                Some("openid profile read"),
                Some("read"),
                "read"
            ),
            [""; 0]
        );
        assert_eq!(
            rules(Some("update"), Some("read update"), None, "update"),
            ["G19", "AUTH-143"]
        );
        assert_eq!(
            rules(Some("read update"), Some("read"), None, "read update"),
            ["AUTH-143"]
        );
        assert_eq!(
            rules(Some("read update"), Some("read update"), None, "read"),
            ["AUTH-145"]
        );
        assert_eq!(
            rules(Some("profile"), Some("profile"), None, ""),
            ["AUTH-137"]
        );
        assert_eq!(rules(Some("sec"), Some("sec"), None, ""), ["AUTH-146"]);
    }

    #[test]
    fn auth_144_what_is_missing() {
        let missing = |requested: &str, granted: Option<&str>| {
            let granted = granted.map(set);
            ScopeDelta::of(
                Some(&set(requested)),
                granted.as_ref(),
                None,
                &set("read update"),
            )
            .missing()
            .to_string()
        };
        assert_eq!(missing("read update", Some("read")), "update");
        assert_eq!(missing("read", None), "update");
        assert_eq!(missing("read update", None), "");
    }
}
