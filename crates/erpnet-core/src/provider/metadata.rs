//! Provider metadata, believed only when it is exactly the expected issuer's.

use erpnet_types::authority::MAX_ISSUER_LEN;

use super::endpoint::Endpoints;
use crate::document::{self, Raw};
use crate::error::{Error, Reason, clean_text};
use crate::jose::SignatureAlgorithms;
use crate::site::Origin;

/// What an authority offers, and where. Only what is used is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderMetadata {
    /// The issuer, equal to the configured authority by exact comparison.
    pub issuer: String,
    /// Where users sign in.
    pub authorization_endpoint: http::Uri,
    /// Where tokens are asked for.
    pub token_endpoint: http::Uri,
    /// Where the signing keys are.
    pub jwks_uri: http::Uri,
    /// Where users sign out.
    pub end_session_endpoint: Option<http::Uri>,
    /// Where claims about a user are (AUTH-087).
    pub userinfo_endpoint: Option<http::Uri>,
    /// Where refresh and reference tokens are revoked (AUTH-088).
    pub revocation_endpoint: Option<http::Uri>,
    /// `scopes_supported`, for display only: it is not complete (AUTH-065).
    pub scopes_supported: Vec<String>,
    /// Whether callbacks carry `iss` (RFC 9207, AUTH-089).
    pub callback_has_issuer: bool,
}

/// Which endpoints are believed (AUTH-062).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndpointRules {
    /// Origins besides the issuer's own that endpoints may have.
    pub allowed_origins: Vec<Origin>,
}

impl ProviderMetadata {
    /// Reads a discovery document and holds it against the expected issuer.
    ///
    /// # Errors
    /// [`Reason::IssuerMismatch`] for any difference, be it a slash or a letter's case (AUTH-057);
    /// [`Reason::MetadataInvalid`] for a required member that is missing (AUTH-064), or an endpoint that is not
    /// `https` or not on the issuer's origin (AUTH-062), or signatures without `RS256` (AUTH-069).
    pub fn parse(json: &[u8], expected_issuer: &str, rules: &EndpointRules) -> Result<Self, Error> {
        Self::parse_with(json, expected_issuer, rules, SignatureAlgorithms::default())
    }

    /// The same for an application that accepts other algorithms than `RS256`.
    ///
    /// # Errors
    /// As [`ProviderMetadata::parse`]; signatures have to be offered with one of the allowed algorithms.
    pub fn parse_with(
        json: &[u8],
        expected_issuer: &str,
        rules: &EndpointRules,
        allowed: SignatureAlgorithms,
    ) -> Result<Self, Error> {
        // Judged member by member, so that the error names the member.
        let [
            issuer,
            authorization,
            token,
            jwks,
            end_session,
            userinfo,
            revocation,
            scopes,
            algorithms,
            callback_has_issuer,
        ] = document::members(json, NAMES)
            .map_err(|error| invalid("issuer", format!("cannot be read: {error}")))?;
        let issuer = issuer.ok_or_else(|| invalid("issuer", "is missing"))?;
        let issuer = issuer
            .text()
            .ok_or_else(|| invalid("issuer", "is not a text"))?;
        if issuer != expected_issuer {
            return Err(mismatch(expected_issuer, &issuer).into());
        }
        let allows = |name: Raw<'_>| {
            name.text()
                .is_some_and(|name| allowed.named(&name).is_some())
        };
        if let Some(mut offered) = algorithms.and_then(Raw::items)
            && !offered.any(allows)
        {
            let why = format!("lacks {allowed}: nothing else is accepted");
            return Err(invalid("id_token_signing_alg_values_supported", why));
        }
        let endpoints = Endpoints::of(expected_issuer, rules)?;
        Ok(Self {
            authorization_endpoint: endpoints.required("authorization_endpoint", authorization)?,
            token_endpoint: endpoints.required("token_endpoint", token)?,
            jwks_uri: endpoints.required("jwks_uri", jwks)?,
            end_session_endpoint: endpoints.optional("end_session_endpoint", end_session)?,
            userinfo_endpoint: endpoints.optional("userinfo_endpoint", userinfo)?,
            revocation_endpoint: endpoints.optional("revocation_endpoint", revocation)?,
            scopes_supported: scopes.map(shown_scopes).unwrap_or_default(),
            callback_has_issuer: callback_has_issuer.is_some_and(Raw::is_true),
            issuer: issuer.into_owned(),
        })
    }
}

/// The members that are read, in the order in which they are found.
const NAMES: [&str; 10] = [
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
    "end_session_endpoint",
    "userinfo_endpoint",
    "revocation_endpoint",
    "scopes_supported",
    "id_token_signing_alg_values_supported",
    "authorization_response_iss_parameter_supported",
];

/// Some names of scopes, for display.
fn shown_scopes(list: Raw<'_>) -> Vec<String> {
    let names = list.items().into_iter().flatten().filter_map(Raw::text);
    names.take(64).map(|name| clean_text(&name, 128)).collect()
}

pub(super) fn invalid(member: &'static str, why: impl Into<String>) -> Error {
    Reason::MetadataInvalid {
        member,
        why: why.into(),
    }
    .into()
}

/// Names the small differences, for they are hard to see.
fn mismatch(expected: &str, found: &str) -> Reason {
    let cut = |text: &str| text.strip_suffix('/').map(str::to_owned);
    let scheme = |text: &str| text.split_once("://").map(|(_, rest)| rest.to_owned());
    let port = |text: &str| text.replace(":443/", "/");
    let hint = if cut(found).as_deref() == Some(expected) || cut(expected).as_deref() == Some(found)
    {
        " (they differ by a slash at the end)"
    } else if found.eq_ignore_ascii_case(expected) {
        " (they differ in upper and lower case)"
    } else if scheme(found).is_some() && scheme(found) == scheme(expected) {
        " (they differ in the scheme)"
    } else if port(found) == port(expected) {
        " (they differ by a port that is the default one)"
    } else if found.starts_with(expected) || expected.starts_with(found) {
        " (one is the beginning of the other: the path differs)"
    } else {
        ""
    };
    Reason::IssuerMismatch {
        expected: expected.to_owned(),
        found: clean_text(found, MAX_ISSUER_LEN),
        hint,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::SignatureAlgorithm;
    use serde_json::{Value, json};
    use url::Url;

    const ISSUER: &str = "https://demodb.my.erp.net/id";

    fn document() -> Value {
        json!({
            "issuer": ISSUER,
            "authorization_endpoint": "https://demodb.my.erp.net/id/connect/authorize",
            "token_endpoint": "https://demodb.my.erp.net/id/connect/token",
            "jwks_uri": "https://demodb.my.erp.net/id/.well-known/openid-configuration/jwks",
        })
    }

    fn read(change: Value) -> Result<ProviderMetadata, Reason> {
        let mut document = document();
        for (name, value) in change.as_object().unwrap() {
            document[name] = value.clone();
        }
        parse(&document.to_string())
    }

    fn parse(text: &str) -> Result<ProviderMetadata, Reason> {
        ProviderMetadata::parse(text.as_bytes(), ISSUER, &EndpointRules::default())
            .map_err(|e| e.reason().clone())
    }

    #[test]
    fn auth_339_refusals_repeat_little() {
        let host = format!("https://{}.example/", "x".repeat(5000));
        for member in ["authorization_endpoint", "jwks_uri", "userinfo_endpoint"] {
            let Err(reason) = read(json!({ member: host })) else {
                panic!("{member}")
            };
            assert!(reason.to_string().len() < 250, "{reason}");
        }
    }

    fn refused(change: Value) -> &'static str {
        match read(change.clone()) {
            Err(Reason::MetadataInvalid { member, .. }) => member,
            other => panic!("{change}: {other:?}"),
        }
    }

    #[test]
    fn auth_057_058_issuers_are_compared_exactly() {
        for (found, hint) in [
            ("https://demodb.my.erp.net/id/", "slash"),
            ("https://demodb.my.erp.net/ID", "case"),
            ("https://DemoDB.my.erp.net/id", "case"),
            ("http://demodb.my.erp.net/id", "scheme"),
            ("https://demodb.my.erp.net:443/id", "port"),
            ("https://demodb.my.erp.net", "path"),
            ("https://other.my.erp.net/id", ""),
            ("", ""),
        ] {
            match read(json!({ "issuer": found })) {
                Err(Reason::IssuerMismatch { hint: given, .. }) => {
                    assert!(given.contains(hint), "{found}: {given}");
                }
                other => panic!("{found}: {other:?}"),
            }
        }
        assert!(read(json!({})).is_ok());
    }

    #[test]
    fn auth_064_required_members_and_the_rest() {
        for member in [
            "authorization_endpoint",
            "token_endpoint",
            "jwks_uri",
            "issuer",
        ] {
            let mut short = document();
            short.as_object_mut().unwrap().remove(member);
            match parse(&short.to_string()) {
                Err(Reason::MetadataInvalid { member: named, .. }) => assert_eq!(named, member),
                other => panic!("{member}: {other:?}"),
            }
        }
        let more = read(json!({"scopes_supported": ["openid", "update", 7], "grant_types_supported": ["password", "x"],
            "end_session_endpoint": "https://demodb.my.erp.net/id/connect/endsession", "userinfo_endpoint": null})).unwrap();
        assert_eq!(
            more.scopes_supported,
            ["openid", "update"],
            "AUTH-065, AUTH-067"
        );
        assert!(more.end_session_endpoint.is_some() && more.userinfo_endpoint.is_none());
    }

    #[test]
    fn auth_061_renamed_paths_are_used_as_given() {
        let renamed = read(json!({"token_endpoint": "https://demodb.my.erp.net/x/y?z=1"})).unwrap();
        assert_eq!(
            renamed.token_endpoint.to_string(),
            "https://demodb.my.erp.net/x/y?z=1"
        );
    }

    #[test]
    fn auth_062_endpoints_are_https_and_on_the_issuers_origin() {
        for bad in [
            "http://demodb.my.erp.net/t",
            "https://evil.example/t",
            "https://demodb.my.erp.net:8443/t",
            "/t",
            "",
            "https://u@demodb.my.erp.net/t",
            "https://demodb.my.erp.net/t#f",
            "ftp://demodb.my.erp.net/t",
        ] {
            assert_eq!(
                refused(json!({ "token_endpoint": bad })),
                "token_endpoint",
                "{bad}"
            );
            assert_eq!(
                refused(json!({ "revocation_endpoint": bad })),
                "revocation_endpoint",
                "{bad}"
            );
        }
        assert_eq!(refused(json!({"jwks_uri": 5})), "jwks_uri");
        let listed = EndpointRules {
            allowed_origins: vec![Origin::of(&Url::parse("https://keys.example").unwrap())],
        };
        let mut moved = document();
        moved["jwks_uri"] = json!("https://keys.example/jwks");
        assert!(ProviderMetadata::parse(moved.to_string().as_bytes(), ISSUER, &listed).is_ok());
    }

    #[test]
    fn auth_069_rs256_must_be_offered_when_the_list_is_there() {
        assert_eq!(
            refused(json!({"id_token_signing_alg_values_supported": ["ES256"]})),
            "id_token_signing_alg_values_supported"
        );
        assert!(read(json!({"id_token_signing_alg_values_supported": ["ES256", "RS256"]})).is_ok());
        // The opt-in moves the line and does not remove it.
        let with = |offered: Value, allowed| {
            let mut document = document();
            document["id_token_signing_alg_values_supported"] = offered;
            let (text, rules) = (document.to_string(), EndpointRules::default());
            ProviderMetadata::parse_with(text.as_bytes(), ISSUER, &rules, allowed).is_ok()
        };
        let es256 = SignatureAlgorithms::only(SignatureAlgorithm::Es256);
        assert!(with(json!(["ES256"]), es256) && !with(json!(["RS256"]), es256));
        let both = es256.and(SignatureAlgorithm::Rs256);
        assert!(with(json!(["RS256"]), both) && !with(json!(["none", "HS256"]), both));
    }
}
