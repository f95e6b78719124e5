//! The few claims that access is decided on, read in one pass over the payload, without allocating.

use std::borrow::Cow;

use erpnet_access::ScopeFlags;
use erpnet_types::scope::MAX_SCOPES;
use erpnet_types::{Scope, Timestamp};

use super::verify::AccessTokenRules;
use crate::claims::{each_string, scopes_of, strings_in, time_in};
use crate::jose::members::text_of;
use crate::jose::scan;
use crate::jose::{MAX_CLAIMS, TokenFault};

/// What [`Verifier::verify_core`](super::Verifier::verify_core) leaves of a token: the scopes and the end, as the access
/// model takes them ([`CallFacts`](erpnet_access::CallFacts)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoreClaims {
    /// The scopes that were granted. Names that ERP.net does not define are one flag here;
    /// [`Verifier::verify`](super::Verifier::verify) tells them apart.
    pub scopes: ScopeFlags,
    /// When it ends, by the authority's clock.
    pub expires: Timestamp,
}

const PART: &str = "payload";

/// The raw values of the claims looked for.
#[derive(Default)]
struct Found<'a> {
    iss: Option<&'a str>,
    aud: Option<&'a str>,
    exp: Option<&'a str>,
    nbf: Option<&'a str>,
    client_id: Option<&'a str>,
    scope: Option<&'a str>,
}

impl CoreClaims {
    pub(super) fn check(
        payload: &str,
        rules: &AccessTokenRules,
        now: Timestamp,
    ) -> Result<Self, TokenFault> {
        let found = Found::read(payload)?;
        let text = |raw: Option<_>, name| raw.map_or(Ok(None), |raw| text_of(raw, name));
        rules.check_issuer(text(found.iss, "iss")?.as_deref())?;
        check_audience(rules, found.aud)?;
        let time = |raw: Option<_>, name| raw.map_or(Ok(None), |raw| time_in(raw, name));
        let expires = rules.check_times(time(found.exp, "exp")?, time(found.nbf, "nbf")?, now)?;
        if rules.client_id.is_some() {
            rules.check_client(text(found.client_id, "client_id")?.as_deref())?;
        }
        let scopes = scope_flags(found.scope)?;
        Ok(Self { scopes, expires })
    }
}

impl<'a> Found<'a> {
    /// A claim that is looked for and comes twice is refused.
    fn read(payload: &'a str) -> Result<Self, TokenFault> {
        let mut found = Self::default();
        for (index, member) in scan::object(payload).enumerate() {
            let member = member.map_err(|error| error.in_part(PART))?;
            if index == MAX_CLAIMS {
                return Err(TokenFault::TooManyClaims { limit: MAX_CLAIMS });
            }
            let name = member.decoded_name().map_err(|error| error.in_part(PART))?;
            let place = match &*name {
                "iss" => &mut found.iss,
                "aud" => &mut found.aud,
                "exp" => &mut found.exp,
                "nbf" => &mut found.nbf,
                "client_id" => &mut found.client_id,
                "scope" => &mut found.scope,
                _ => continue,
            };
            if place.replace(member.value).is_some() {
                let member = name.into_owned();
                return Err(TokenFault::DuplicateMember { part: PART, member });
            }
        }
        Ok(found)
    }
}

/// All of it has to be texts, be the right one among them or not.
fn check_audience(rules: &AccessTokenRules, raw: Option<&str>) -> Result<(), TokenFault> {
    let Some(raw) = raw else {
        return rules.check_audience(std::iter::empty());
    };
    let mut accepted = false;
    each_string(raw, "aud", |audience| {
        accepted |= rules.accepts_audience(&audience);
        Ok(())
    })?;
    if accepted {
        return Ok(());
    }
    let audiences = strings_in(raw, "aud")?;
    rules.check_audience(audiences.iter().map(AsRef::as_ref))
}

fn scope_flags(raw: Option<&str>) -> Result<ScopeFlags, TokenFault> {
    let Some(raw) = raw else {
        return Ok(ScopeFlags::EMPTY);
    };
    let (mut flags, mut names, mut valid) = (ScopeFlags::EMPTY, 0, true);
    each_string(raw, "scope", |text: Cow<'_, str>| {
        for name in text.split(' ').filter(|name| !name.is_empty()) {
            let flag = ScopeFlags::from_name(name);
            valid &= flag != ScopeFlags::OTHER || Scope::check(name).is_ok();
            flags = flags | flag;
            names += 1;
        }
        Ok(())
    })?;
    if valid && names <= MAX_SCOPES {
        return Ok(flags);
    }
    // Too many, unless some are repeated; or the error for what is no scope.
    Ok(ScopeFlags::from(&scopes_of(&strings_in(raw, "scope")?)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::Members;
    use crate::token::VerifiedToken;
    use erpnet_types::{ClientId, Instance, InstanceAuthority};
    use serde_json::{Value, json};

    const NOW: Timestamp = Timestamp::from_unix_seconds(1_000_000);

    fn rules() -> AccessTokenRules {
        let authority = InstanceAuthority::default_for(Instance::parse("demodb").unwrap());
        AccessTokenRules::new(&authority.unwrap()).require_client(ClientId::parse("PK").unwrap())
    }

    fn good() -> Value {
        json!({ "iss": "https://demodb.my.erp.net/id", "aud": ["x", "DomainAPI"], "exp": 1_000_060, "nbf": 999_990,
            "client_id": "PK", "scope": ["read", "update"], "sub": "a" })
    }

    /// The core is what the whole token says, fault for fault.
    #[test]
    fn the_core_and_the_whole_agree() {
        let many: Vec<String> = (0..=MAX_SCOPES).map(|n| format!("s{n}")).collect();
        let texts = [
            json!(null),
            json!(7),
            json!(""),
            json!("DomainAPI"),
            json!("PK"),
            json!(["DomainAPI"]),
            json!(["DomainAPI", 7]),
            json!([7, "DomainAPI"]),
            json!([null]),
            json!([]),
            json!({}),
            json!("https://demodb.my.erp.net/id/resources"),
            json!("re\u{e9}d"),
            json!("a\"b"),
            json!("read openid  xyz"),
            json!(["read update", "read"]),
            json!(many[..MAX_SCOPES]),
            json!(many),
            json!(vec!["read"; MAX_SCOPES + 1]),
            json!(999_939),
            json!(999_940),
            json!(1_000_060.5),
            json!(-1),
            json!(1e300),
        ];
        let (mut accepted, mut refused) = (0, 0);
        for name in ["iss", "aud", "exp", "nbf", "client_id", "scope", "sub"] {
            for value in &texts {
                let mut claims = good();
                claims[name] = value.clone();
                let text = claims.to_string();
                // The same in escapes, which have to be read and not compared.
                for text in [text.clone(), text.replace('D', "\\u0044")] {
                    let whole = Members::parse(text.clone())
                        .and_then(|members| VerifiedToken::check(members, &rules(), NOW));
                    let core = CoreClaims::check(&text, &rules(), NOW);
                    match (whole, core) {
                        (Ok(whole), Ok(core)) => {
                            assert_eq!(core.scopes, ScopeFlags::from(whole.scopes()), "{text}");
                            assert_eq!(core.expires, whole.expires(), "{text}");
                            accepted += 1;
                        }
                        (Err(whole), Err(core)) => {
                            assert_eq!(whole, core, "{text}");
                            refused += 1;
                        }
                        (whole, core) => panic!("{text}: {whole:?} {core:?}"),
                    }
                }
            }
        }
        assert!(accepted > 40 && refused > 100, "{accepted} {refused}");
    }

    #[test]
    fn what_is_looked_for_may_come_once_only() {
        let claims = good().to_string();
        let with = |member: &str| {
            let text = format!("{},{member}}}", &claims[..claims.len() - 1]);
            CoreClaims::check(&text, &rules(), NOW).map_err(|fault| fault.to_string())
        };
        assert!(with(r#""x":1"#).is_ok());
        for twice in [r#""iss":"x""#, r#""\u0069ss":"x""#, r#""scope":null"#] {
            assert!(with(twice).unwrap_err().contains("twice"), "{twice}");
        }
        let fill = |n: usize| {
            let extra: String = (8..=n).map(|i| format!(",\"m{i}\":0")).collect();
            with(&format!("\"m7\":0{extra}"))
        };
        assert!(fill(MAX_CLAIMS - 2).is_ok() && fill(MAX_CLAIMS - 1).is_ok());
        assert!(fill(MAX_CLAIMS).unwrap_err().contains("more than"));
    }
}
