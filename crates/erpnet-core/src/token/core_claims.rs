//! The few claims that access is decided on, read in one pass over the payload.

use std::fmt;

use erpnet_types::{ScopeSet, Timestamp};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::verify::AccessTokenRules;
use crate::claims::{scopes_of, strings_in, time_in};
use crate::error::clean_text;
use crate::jose::TokenFault;
use crate::jose::members::{BorrowedName, text_of};

/// What [`Verifier::verify_core`](super::Verifier::verify_core) leaves of a token: the scopes and the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoreClaims {
    /// The scopes that were granted.
    pub scopes: ScopeSet,
    /// When it ends, by the authority's clock.
    pub expires: Timestamp,
}

/// The raw values of the claims looked for; a claim that comes twice is refused.
#[derive(Default)]
struct Found<'a> {
    values: [Option<&'a str>; NAMES.len()],
    twice: Option<&'static str>,
}

const NAMES: [&str; 6] = ["iss", "aud", "exp", "nbf", "client_id", "scope"];

impl CoreClaims {
    pub(super) fn check(
        payload: &str,
        rules: &AccessTokenRules,
        now: Timestamp,
    ) -> Result<Self, TokenFault> {
        let mut deserializer = serde_json::Deserializer::from_str(payload);
        let found = Found::default().deserialize(&mut deserializer);
        let found = found
            .and_then(|found| deserializer.end().map(|()| found))
            .map_err(|error| TokenFault::NotJson {
                part: "payload",
                why: clean_text(&error.to_string(), 120),
            })?;
        if let Some(member) = found.twice {
            return Err(TokenFault::DuplicateMember {
                part: "payload",
                member: member.to_owned(),
            });
        }
        let [iss, aud, exp, nbf, client_id, scope] = found.values;
        let text = |raw: Option<&'_ str>, name| {
            raw.map_or(Ok(None), |raw| {
                text_of(raw, name).map(|t| t.map(std::borrow::Cow::into_owned))
            })
        };
        match iss.map(|raw| text_of(raw, "iss")).transpose()?.flatten() {
            Some(iss) => rules.check_issuer(Some(&iss))?,
            None => rules.check_issuer(None)?,
        }
        let audiences = aud.map_or(Ok(Vec::new()), |raw| strings_in(raw, "aud"))?;
        rules.check_audience(audiences.iter().map(AsRef::as_ref))?;
        let time = |raw: Option<&str>, name| raw.map_or(Ok(None), |raw| time_in(raw, name));
        let expires = rules.check_times(time(exp, "exp")?, time(nbf, "nbf")?, now)?;
        if rules.client_id.is_some() {
            rules.check_client(text(client_id, "client_id")?.as_deref())?;
        }
        let scopes = scopes_of(&scope.map_or(Ok(Vec::new()), |raw| strings_in(raw, "scope"))?)?;
        Ok(Self { scopes, expires })
    }
}

impl<'de: 'a, 'a> DeserializeSeed<'de> for Found<'a> {
    type Value = Self;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de: 'a, 'a> Visitor<'de> for Found<'a> {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Self, A::Error> {
        while let Some(BorrowedName(name)) = map.next_key()? {
            let place = NAMES
                .iter()
                .zip(self.values.iter_mut())
                .find(|(known, _)| **known == name);
            match place {
                Some((known, place)) => {
                    let value: &'de RawValue = map.next_value()?;
                    if place.replace(value.get()).is_some() {
                        self.twice = Some(known);
                    }
                }
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(self)
    }
}
