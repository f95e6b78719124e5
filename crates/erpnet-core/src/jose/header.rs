//! The protected header (RFC 7515 section 4).

use std::borrow::Cow;

use super::algorithm::{SignatureAlgorithm, SignatureAlgorithms};
use super::compact::Compact;
use super::fault::TokenFault;
use super::members::text_of;
use super::scan::{self, Member};
use super::seen::SeenNames;
use crate::error::clean_text;

/// The most members of a header.
pub const MAX_HEADER_MEMBERS: usize = 32;

/// The longest header value that is repeated in an error, in characters.
const MAX_SHOWN: usize = 64;

/// What a token says about itself: algorithm, type, key. Embedded keys and links to keys (`jwk`, `jku`, `x5u`, `x5c`)
/// are never looked at (AUTH-072).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    alg: String,
    typ: Option<String>,
    kid: Option<String>,
    critical: bool,
}

impl Header {
    /// Reads the header of a token.
    ///
    /// # Errors
    /// [`TokenFault`] when it is not a JSON object, has a member twice, a member of the wrong type, or no `alg`.
    pub fn of(token: &Compact<'_>) -> Result<Self, TokenFault> {
        token.with_header(Self::from_json)
    }

    fn from_json(bytes: &[u8]) -> Result<Self, TokenFault> {
        let view = HeaderView::parse(bytes)?;
        Ok(Self {
            alg: view.alg.into_owned(),
            typ: view.typ.map(Cow::into_owned),
            kid: view.kid.map(Cow::into_owned),
            critical: view.critical,
        })
    }

    pub(crate) fn view(&self) -> HeaderView<'_> {
        HeaderView {
            alg: Cow::Borrowed(&self.alg),
            typ: self.typ.as_deref().map(Cow::Borrowed),
            kid: self.kid.as_deref().map(Cow::Borrowed),
            critical: self.critical,
        }
    }

    /// The algorithm: `RS256` in the tokens of ERP.net (AUTH-068).
    #[must_use]
    pub fn algorithm(&self) -> &str {
        &self.alg
    }

    /// The type, as it came (AUTH-075).
    #[must_use]
    pub fn token_type(&self) -> Option<&str> {
        self.typ.as_deref()
    }

    /// The key id: opaque and case-sensitive (AUTH-070).
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// Whether the header demands extensions (`crit`).
    #[must_use]
    pub fn is_critical(&self) -> bool {
        self.critical
    }

    /// Refuses every algorithm but `RS256`, `none` and `HS*` included, and every critical extension.
    ///
    /// # Errors
    /// As [`Header::require_algorithm`].
    pub fn require_rs256(&self) -> Result<(), TokenFault> {
        self.require_algorithm(SignatureAlgorithms::RS256).map(drop)
    }

    /// The algorithm, if it is among those allowed and nothing critical is demanded.
    ///
    /// # Errors
    /// [`TokenFault::AlgorithmNotAllowed`] or [`TokenFault::CriticalHeader`].
    pub fn require_algorithm(
        &self,
        allowed: SignatureAlgorithms,
    ) -> Result<SignatureAlgorithm, TokenFault> {
        self.view().require_algorithm(allowed)
    }

    /// Requires the type of an access token: `at+jwt`, with or without `application/` (RFC 9068 section 4). Plain
    /// `JWT`, or none, passes only for authorities from before IdentityServer4 3.0 (AUTH-075).
    ///
    /// # Errors
    /// [`TokenFault::WrongType`].
    pub fn require_access_token(&self, also_plain_jwt: bool) -> Result<(), TokenFault> {
        self.view().require_access_token(also_plain_jwt)
    }
}

/// The same, borrowed from the decoded text: what verification looks at, without allocating.
#[derive(Debug, Default)]
pub(crate) struct HeaderView<'a> {
    alg: Cow<'a, str>,
    typ: Option<Cow<'a, str>>,
    kid: Option<Cow<'a, str>>,
    critical: bool,
}

impl<'a> HeaderView<'a> {
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, TokenFault> {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return Err(TokenFault::NotJson {
                part: PART,
                why: "expected UTF-8".to_owned(),
            });
        };
        let (mut view, mut has_alg) = (Self::default(), false);
        let (mut seen, mut duplicate) = (SeenNames::default(), None);
        for (index, member) in scan::object(text).enumerate() {
            let member = member.map_err(|error| error.in_part(PART))?;
            if index == MAX_HEADER_MEMBERS {
                return Err(TokenFault::NotJson {
                    part: PART,
                    why: format!("expected at most {MAX_HEADER_MEMBERS} members"),
                });
            }
            let name = name_of(&member)?;
            match &*name {
                "alg" => {
                    view.alg = text_in(&member)?;
                    has_alg = true;
                }
                "typ" => view.typ = Some(text_in(&member)?),
                "kid" => view.kid = Some(text_in(&member)?),
                "crit" => view.critical = true,
                _ => {}
            }
            if seen.may_repeat(&name) && duplicate.is_none() && is_before(text, index, &name)? {
                duplicate = Some(clean_text(&name, MAX_SHOWN));
            }
        }
        match duplicate {
            Some(member) => Err(TokenFault::DuplicateMember { part: PART, member }),
            None if !has_alg => Err(TokenFault::NotJson {
                part: PART,
                why: "expected an `alg`".to_owned(),
            }),
            None => Ok(view),
        }
    }

    pub(crate) fn key_id(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    pub(crate) fn require_algorithm(
        &self,
        allowed: SignatureAlgorithms,
    ) -> Result<SignatureAlgorithm, TokenFault> {
        let Some(algorithm) = allowed.named(&self.alg) else {
            return Err(TokenFault::AlgorithmNotAllowed {
                allowed,
                found: clean_text(&self.alg, MAX_SHOWN),
            });
        };
        if self.critical {
            return Err(TokenFault::CriticalHeader);
        }
        Ok(algorithm)
    }

    pub(crate) fn require_access_token(&self, also_plain_jwt: bool) -> Result<(), TokenFault> {
        let typ = self.typ.as_deref().unwrap_or_default();
        let essence = match typ.split_once('/') {
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case("application") => rest,
            _ => typ,
        };
        let plain = typ.is_empty() || typ.eq_ignore_ascii_case("JWT");
        if essence.eq_ignore_ascii_case("at+jwt") || (also_plain_jwt && plain) {
            return Ok(());
        }
        let found = if typ.is_empty() {
            "none".to_owned()
        } else {
            clean_text(typ, MAX_SHOWN)
        };
        Err(TokenFault::WrongType {
            expected: "`at+jwt` (an access token)",
            found,
        })
    }
}

const PART: &str = "header";

/// A name, decoded where it has escapes.
fn name_of<'a>(member: &Member<'a>) -> Result<Cow<'a, str>, TokenFault> {
    member.decoded_name().map_err(|error| error.in_part(PART))
}

fn text_in<'a>(member: &Member<'a>) -> Result<Cow<'a, str>, TokenFault> {
    match text_of(member.value, member.name) {
        Ok(Some(text)) => Ok(text),
        Ok(None) | Err(_) => Err(TokenFault::NotJson {
            part: PART,
            why: format!(
                "expected a text as `{}`",
                clean_text(member.name, MAX_SHOWN)
            ),
        }),
    }
}

/// Whether one of the first members has this name.
fn is_before(text: &str, index: usize, name: &str) -> Result<bool, TokenFault> {
    for member in scan::object(text).take(index) {
        let member = member.map_err(|error| error.in_part(PART))?;
        if name_of(&member)? == name {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Header, TokenFault> {
        Header::from_json(json.as_bytes())
    }

    #[test]
    fn auth_068_only_rs256() {
        for alg in [
            "none", "None", "HS256", "rs256", "RS384", "PS256", "ES256", "",
        ] {
            let header = read(&format!(r#"{{"alg":"{alg}"}}"#)).unwrap();
            assert!(
                matches!(
                    header.require_rs256(),
                    Err(TokenFault::AlgorithmNotAllowed { .. })
                ),
                "{alg}"
            );
        }
        assert_eq!(
            read(r#"{"alg":"RS256","crit":["b64"],"b64":false}"#)
                .unwrap()
                .require_rs256(),
            Err(TokenFault::CriticalHeader)
        );
        assert_eq!(
            read(r#"{"alg":"RS256","jku":"https://evil","x5t":"a"}"#)
                .unwrap()
                .require_rs256(),
            Ok(())
        );
    }

    #[test]
    fn auth_075_token_types() {
        let check = |typ: &str, old| {
            read(&format!(r#"{{"alg":"RS256","typ":"{typ}"}}"#))
                .unwrap()
                .require_access_token(old)
                .is_ok()
        };
        for good in [
            "at+jwt",
            "AT+JWT",
            "application/at+jwt",
            "Application/At+Jwt",
        ] {
            assert!(check(good, false), "{good}");
        }
        for bad in ["", "JWT", "logout+jwt", "application/jwt", "x/at+jwt"] {
            assert!(!check(bad, false), "{bad}");
        }
        assert!(check("JWT", true) && check("", true) && !check("logout+jwt", true));
    }

    #[test]
    fn odd_headers_are_refused() {
        for odd in [
            "",
            "[]",
            "null",
            "{}",
            r#"{"alg":1}"#,
            r#"{"alg":"RS256","kid":1}"#,
            r#"{"alg":"RS256"} x"#,
        ] {
            assert!(
                matches!(read(odd), Err(TokenFault::NotJson { .. })),
                "{odd}"
            );
        }
        let many = |n: usize| {
            read(&format!(
                "{{\"alg\":\"RS256\"{}}}",
                (1..n).map(|i| format!(",\"m{i}\":{i}")).collect::<String>()
            ))
        };
        assert!(many(MAX_HEADER_MEMBERS - 1).is_ok() && many(MAX_HEADER_MEMBERS).is_ok());
        assert!(matches!(
            many(MAX_HEADER_MEMBERS + 1),
            Err(TokenFault::NotJson { .. })
        ));
        let twice = read(r#"{"alg":"none","alg":"RS256"}"#);
        assert_eq!(
            twice,
            Err(TokenFault::DuplicateMember {
                part: "header",
                member: "alg".into()
            })
        );
    }
}
