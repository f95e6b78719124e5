//! Compact JSON web signatures, RS256 only (AUTH-068): made here, and checked here.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use crate::keys::{Key, KeyRing};

/// The longest token that is looked at, in bytes.
pub(crate) const MAX_TOKEN_LEN: usize = 16 * 1024;

/// Signs claims under the header of an access token. Members of `overrides` replace those of the header; `null` takes
/// one away. Whatever the header then says, the signature is RS256 by `key`.
pub(crate) fn sign(key: &Key, overrides: Value, claims: &Value) -> String {
    let mut header = json!({ "alg": "RS256", "kid": key.kid(), "typ": "at+jwt" });
    if let (Some(header), Value::Object(overrides)) = (header.as_object_mut(), overrides) {
        header.extend(overrides);
        header.retain(|_, value| !value.is_null());
    }
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let mut token = format!("{}.{}", part(&header), part(claims));
    let signature = key.sign(token.as_bytes());
    token.push('.');
    token.push_str(&URL_SAFE_NO_PAD.encode(signature));
    token
}

/// The claims of an access token that one of the published keys signed; otherwise what is wrong with it.
pub(crate) fn verify(keys: &KeyRing, token: &str) -> Result<Map<String, Value>, &'static str> {
    let types = ["at+jwt", "application/at+jwt"];
    verify_as(keys, token, &types, "the token is not an access token")
}

/// The claims of an ID token, which may have expired (AUTH-201).
pub(crate) fn verify_id_token(
    keys: &KeyRing,
    token: &str,
) -> Result<Map<String, Value>, &'static str> {
    verify_as(keys, token, &["JWT"], "the token is not an id token")
}

fn verify_as(
    keys: &KeyRing,
    token: &str,
    types: &[&str],
    wrong_type: &'static str,
) -> Result<Map<String, Value>, &'static str> {
    if token.len() > MAX_TOKEN_LEN {
        return Err("the token is too long");
    }
    let not_compact = "the token is not a compact jws";
    let (signed, signature) = token.rsplit_once('.').ok_or(not_compact)?;
    let (header, payload) = signed.split_once('.').ok_or(not_compact)?;
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| not_compact);
    let header: Value = serde_json::from_slice(&decode(header)?).map_err(|_| not_compact)?;
    if header["alg"] != "RS256" {
        return Err("the token is not signed with RS256");
    }
    if !header["typ"]
        .as_str()
        .is_some_and(|typ| types.contains(&typ))
    {
        return Err(wrong_type);
    }
    let key = header["kid"].as_str().and_then(|kid| keys.find(kid));
    let key = key.ok_or("the token names no published key")?;
    if !key.verifies(signed.as_bytes(), &decode(signature)?) {
        return Err("the signature does not match");
    }
    serde_json::from_slice(&decode(payload)?).map_err(|_| "the claims are not a json object")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(header: Value) -> Result<Map<String, Value>, &'static str> {
        let ring = KeyRing::new([0; 16]);
        verify(&ring, &sign(&ring.current(), header, &json!({ "a": 1 })))
    }

    #[test]
    fn auth_068_075_only_rs256_access_tokens_pass() {
        assert_eq!(check(json!({})).unwrap()["a"], 1);
        assert!(check(json!({ "typ": "application/at+jwt" })).is_ok());
        for bad in [
            json!({ "alg": "none" }),
            json!({ "alg": "HS256" }),
            json!({ "typ": "JWT" }),
            json!({ "typ": null }),
            json!({ "kid": "X" }),
            json!({ "kid": null }),
        ] {
            assert!(check(bad.clone()).is_err(), "{bad}");
        }
    }

    #[test]
    fn auth_081_changed_or_malformed_tokens_fail() {
        let ring = KeyRing::new([0; 16]);
        let token = sign(&ring.current(), json!({}), &json!({ "a": 1 }));
        let swapped = token.replacen('.', ".e30", 1);
        for bad in [
            "",
            "a",
            "a.b",
            "a.b.c",
            "a.b.c.d",
            &swapped,
            &token[..token.len() - 4],
        ] {
            assert!(verify(&ring, bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn token_length_has_a_limit() {
        let ring = KeyRing::new([0; 16]);
        let sized = |filler: usize| {
            let claims = json!({ "x": "y".repeat(filler) });
            sign(&ring.current(), json!({}), &claims)
        };
        let room = MAX_TOKEN_LEN - sized(0).len();
        let fits = sized(room / 4 * 3 - 3);
        assert!(fits.len() <= MAX_TOKEN_LEN && fits.len() > MAX_TOKEN_LEN - 8);
        assert!(verify(&ring, &fits).is_ok());
        assert_eq!(verify(&ring, &sized(room)), Err("the token is too long"));
    }
}
