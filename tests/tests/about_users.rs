//! Userinfo, sign-out addresses and revocation: what is sent, and what each answer means.

use std::time::Duration;

use erpnet_core::flow::{Exchange, Replay};
use erpnet_core::limits::{MAX_SIGN_OUT_URL, MAX_USER_INFO};
use erpnet_core::provider::{EndpointRules, ProviderMetadata};
use erpnet_core::sign_out::{RevokeRefreshToken, SignOut, SignOutReturn};
use erpnet_core::userinfo::{UserInfo, UserInfoFault, UserInfoRequest};
use erpnet_core::{Error, ErrorKind, Reason};
use erpnet_tests::sign_in::{ACCESS_TOKEN, CLIENT_ID, ISSUER, SignIn, Way};
use erpnet_types::{AccessToken, ClientId, RawIdToken, RefreshToken, Secret};
use proptest::prelude::*;
use serde_json::{Value, json};

const DEADLINE: Duration = Duration::from_secs(30);
const BACK: &str = "https://app.example.com/signed out?tab=1&x=ä";
const SECRET: &str = "hunter2+Zq8v=X3wK";

fn provider(change: &Value) -> ProviderMetadata {
    let mut document = json!({
        "issuer": ISSUER,
        "authorization_endpoint": format!("{ISSUER}/connect/authorize"),
        "token_endpoint": format!("{ISSUER}/connect/token"),
        "jwks_uri": format!("{ISSUER}/jwks"),
        "userinfo_endpoint": format!("{ISSUER}/connect/userinfo"),
        "end_session_endpoint": format!("{ISSUER}/connect/endsession"),
        "revocation_endpoint": format!("{ISSUER}/connect/revocation"),
    });
    for (name, value) in change.as_object().into_iter().flatten() {
        document[name] = value.clone();
    }
    let json = document.to_string();
    ProviderMetadata::parse(json.as_bytes(), ISSUER, &EndpointRules::default()).unwrap()
}

fn reply(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> http::Response<Vec<u8>> {
    let builder = http::Response::builder().status(status);
    let builder = builder.header("content-type", content_type);
    builder.body(body.into()).unwrap()
}

fn request(provider: &ProviderMetadata) -> Result<UserInfoRequest, Error> {
    let access_token = AccessToken::new(ACCESS_TOKEN).unwrap();
    UserInfoRequest::new(
        provider,
        access_token,
        &SignIn::default().original(),
        DEADLINE,
    )
}

fn user_info(reply: http::Response<Vec<u8>>) -> Result<UserInfo, Error> {
    request(&provider(&json!({})))?.read(reply, SignIn::default().now)
}

#[test]
fn auth_087_userinfo_only_where_it_is_offered() {
    let error = request(&provider(&json!({ "userinfo_endpoint": null }))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(
        !error.is_transient() && error.to_string().contains("userinfo"),
        "{error}"
    );
    let request = request(&provider(&json!({}))).unwrap();
    let transmit = request.request().unwrap();
    assert_eq!(transmit.limits().body, MAX_USER_INFO);
    assert_eq!(transmit.limits().deadline, DEADLINE);
    assert!(transmit.request().headers()["authorization"].is_sensitive());
    let shown = format!("{request:?} {transmit:?}");
    assert!(
        !shown.contains(ACCESS_TOKEN) && !shown.contains("doe"),
        "{shown}"
    );
}

#[test]
fn userinfo_claims_and_identity() {
    let guid = "9da64839-a8d0-491d-aebb-4d18fa42b014";
    let claims = json!({
        "sub": "j.doe", "id": guid, "name": "John Doe", "email": "a@b.c", "email_verified": "true", "locale": "bg",
        "is_admin": "True", "company": { "n": 7 },
    });
    let info = user_info(reply(200, "application/json", claims.to_string())).unwrap();
    assert_eq!(info.subject(), "j.doe");
    assert_eq!(info.name().as_deref(), Some("John Doe"));
    assert_eq!(info.verified_email().as_deref(), Some("a@b.c"), "AUTH-261");
    assert_eq!(info.locale().as_deref(), Some("bg"), "AUTH-262");
    assert_eq!(info.boolean("is_admin"), Ok(Some(true)), "AUTH-250");
    let company: Value = info.claim("company").unwrap().unwrap();
    assert_eq!(company["n"], 7, "AUTH-258");
    assert_eq!(info.names().count(), 8);
    assert_eq!(
        (info.identity().id(), info.identity().issuer()),
        (Some(guid), ISSUER)
    );
    assert!(!format!("{info:?}").contains("Doe"), "AUTH-263");
}

#[test]
fn userinfo_answers_that_are_refused() {
    use UserInfoFault as F;
    let fault = |status, content_type, body: &str| {
        let error = user_info(reply(status, content_type, body)).unwrap_err();
        let shown = format!("{error} {error:?} {}", error.advice());
        assert!(
            !shown.contains(ACCESS_TOKEN) && !shown.contains("roe"),
            "{shown}"
        );
        error
    };
    let json = "application/json";
    for (status, content_type, body, expected, kind) in [
        (401, json, "{}", F::TokenRejected, ErrorKind::TokenRejected),
        (
            403,
            "text/html",
            "<html>",
            F::Forbidden,
            ErrorKind::Forbidden,
        ),
        (
            200,
            json,
            r#"{"sub":"j.roe"}"#,
            F::OtherSubject,
            ErrorKind::Security,
        ),
        (
            200,
            json,
            r#"{"sub":"J.DOE"}"#,
            F::OtherSubject,
            ErrorKind::Security,
        ),
        (
            200,
            json,
            r#"{"sub":""}"#,
            F::OtherSubject,
            ErrorKind::Security,
        ),
        (200, "application/jwt", "{}", F::Signed, ErrorKind::Protocol),
        (
            200,
            "Application/JWT; charset=utf-8",
            "",
            F::Signed,
            ErrorKind::Protocol,
        ),
        (
            200,
            json,
            "eyJhbGciOiJSUzI1NiJ9.e30.AA",
            F::Signed,
            ErrorKind::Protocol,
        ),
    ] {
        let error = fault(status, content_type, body);
        assert_eq!(*error.reason(), Reason::UserInfo(expected), "{body}");
        assert_eq!(error.kind(), kind, "{body}");
        assert!(!error.advice().is_empty());
    }
    for unusable in [
        "{}",
        r#"{"sub":null}"#,
        r#"{"sub":1}"#,
        r#"{"sub":"j.roe","sub":"j.doe"}"#,
        r#"{"sub":"j.doe","name":1,"name":2}"#,
    ] {
        let error = fault(200, json, unusable);
        let claims = matches!(error.reason(), Reason::UserInfo(F::Claims(_)));
        assert!(claims, "{unusable}: {error}");
    }
    for (status, content_type, body) in [
        (200, "text/html", "<html>"),
        (200, json, "[]"),
        (200, json, ""),
        (302, json, ""),
        (500, json, "{}"),
        (404, json, "{}"),
    ] {
        let error = fault(status, content_type, body);
        let otherwise = matches!(
            error.reason(),
            Reason::NotJson { .. } | Reason::Status { .. } | Reason::Redirected { .. }
        );
        assert!(otherwise, "{status} {body}: {error}");
    }
}

fn pairs(url: &str) -> Vec<(String, String)> {
    let url = url::Url::parse(url).unwrap();
    url.query_pairs().into_owned().collect()
}

#[test]
fn auth_200_201_the_sign_out_address() {
    let original = SignIn::default().original();
    let hint = original.raw().expose();
    let text = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    for (endpoint, own) in [
        (format!("{ISSUER}/connect/endsession"), vec![]),
        (
            format!("{ISSUER}/connect/endsession?tenant=a"),
            vec![text("tenant", "a")],
        ),
    ] {
        let provider = provider(&json!({ "end_session_endpoint": endpoint }));
        let out = SignOut::at(&provider).unwrap();
        assert_eq!(
            out.url().unwrap().expose(),
            endpoint,
            "the authority asks the user"
        );
        let with_hint = out.id_token_hint(original.raw());
        let url = with_hint.clone().return_to(BACK, "s&=+ ä").url().unwrap();
        let expected = [
            text("id_token_hint", hint),
            text("post_logout_redirect_uri", BACK),
            text("state", "s&=+ ä"),
        ];
        assert_eq!(pairs(url.expose()), [own, expected.to_vec()].concat());
        assert!(url.expose().is_ascii() && url.expose().parse::<http::Uri>().is_ok());
        let shown = format!("{with_hint:?} {url:?}");
        assert!(!shown.contains(hint), "{shown}");
    }
    let none = provider(&json!({ "end_session_endpoint": null }));
    let error = SignOut::at(&none).unwrap_err();
    assert!(
        matches!(error.reason(), Reason::Unsupported { .. }),
        "{error}"
    );
}

#[test]
fn auth_201_impossible_sign_outs_are_refused() {
    let (provider, original) = (provider(&json!({})), SignIn::default().original());
    let out = || SignOut::at(&provider).unwrap();
    let error = out().return_to(BACK, "s").url().unwrap_err();
    assert!(error.to_string().contains("AUTH-201"), "{error}");
    for (back, state) in [
        ("/signed-out", "s"),
        ("", "s"),
        ("https://app.example.com/#x", "s"),
        ("https://app.example.com/", ""),
    ] {
        let out = out().id_token_hint(original.raw()).return_to(back, state);
        assert_eq!(out.url().unwrap_err().kind(), ErrorKind::Config, "{back}");
    }
    // An application on the desktop has a scheme of its own (AUTH-105).
    let own = out()
        .id_token_hint(original.raw())
        .return_to("myapp://signed-out", "s");
    assert!(own.url().is_ok());
}

#[test]
fn sign_out_addresses_are_bounded() {
    let provider = provider(&json!({}));
    let fixed = format!("{ISSUER}/connect/endsession?id_token_hint=").len();
    for (length, fine) in [
        (MAX_SIGN_OUT_URL - 1, true),
        (MAX_SIGN_OUT_URL, true),
        (MAX_SIGN_OUT_URL + 1, false),
    ] {
        let hint = RawIdToken::new("a".repeat(length - fixed)).unwrap();
        let url = SignOut::at(&provider).unwrap().id_token_hint(&hint).url();
        assert_eq!(url.is_ok(), fine, "{length}");
    }
}

#[test]
fn auth_202_every_way_back_is_handled() {
    for (query, expected) in [
        ("state=abc", SignOutReturn::Expected),
        ("?state=abc", SignOutReturn::Expected),
        ("x=1&state=a%62c", SignOutReturn::Expected),
        ("", SignOutReturn::WithoutState),
        ("?", SignOutReturn::WithoutState),
        ("State=abc", SignOutReturn::WithoutState),
        ("state=", SignOutReturn::OtherState),
        ("state", SignOutReturn::OtherState),
        ("state=ABC", SignOutReturn::OtherState),
        ("state=abc&state=abc", SignOutReturn::OtherState),
        ("state=abc&state=x", SignOutReturn::OtherState),
    ] {
        assert_eq!(SignOutReturn::read(query, "abc"), expected, "{query}");
    }
    assert_eq!(SignOutReturn::read("state=", ""), SignOutReturn::OtherState);
}

fn revocation(
    provider: &ProviderMetadata,
    secret: Option<&str>,
) -> Result<RevokeRefreshToken, Error> {
    let client_id = ClientId::parse(CLIENT_ID).unwrap();
    let secret = secret.map(|secret| Secret::new(secret).unwrap());
    let token = RefreshToken::new("r3fresh+token/=").unwrap();
    RevokeRefreshToken::new(provider, client_id, secret, token, DEADLINE)
}

#[test]
fn auth_088_the_revocation_form() {
    let provider = provider(&json!({}));
    for (secret, end) in [
        (None, ""),
        (Some(SECRET), "&client_secret=hunter2%2BZq8v%3DX3wK"),
    ] {
        let revocation = revocation(&provider, secret).unwrap();
        let transmit = revocation.request().unwrap();
        let sent = transmit.request();
        assert_eq!(sent.uri().path(), "/id/connect/revocation");
        assert_eq!(sent.method(), http::Method::POST);
        assert!(!sent.headers().contains_key("authorization"), "AUTH-084");
        let form = "token=r3fresh%2Btoken%2F%3D&token_type_hint=refresh_token&client_id=com.example%2Fportal";
        assert_eq!(String::from_utf8_lossy(sent.body()), format!("{form}{end}"));
        let shown = format!("{revocation:?} {transmit:?}");
        assert!(
            !shown.contains("r3fresh") && !shown.contains("hunter2"),
            "{shown}"
        );
        assert_eq!(revocation.replay(), Replay::Safe);
    }
}

#[test]
fn auth_088_revocation_is_done_by_200_and_by_nothing_else() {
    let absent = self::provider(&json!({ "revocation_endpoint": null }));
    let error = revocation(&absent, None).unwrap_err();
    assert!(
        matches!(error.reason(), Reason::Unsupported { .. }),
        "{error}"
    );
    let provider = provider(&json!({}));
    let read = |status, content_type, body: &str| {
        let reply = reply(status, content_type, body);
        revocation(&provider, Some(SECRET))?.read(reply, SignIn::default().now)
    };
    for (content_type, body) in [
        ("text/plain", ""),
        ("application/json", "{}"),
        ("text/plain", "ok"),
    ] {
        assert!(read(200, content_type, body).is_ok(), "{body}");
    }
    let echo =
        format!(r#"{{"error":"invalid_client","error_description":"{SECRET} r3fresh+token/="}}"#);
    let error = read(400, "application/json", &echo).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RegistrationMismatch);
    assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    assert!(!format!("{error} {error:?}").contains("r3fresh"), "{error}");
    let unsupported = read(
        400,
        "application/json",
        r#"{"error":"unsupported_token_type"}"#,
    )
    .unwrap_err();
    assert!(unsupported.to_string().contains("unsupported_token_type"));
    for (status, content_type, body) in [
        (200, "text/html", "<html>Sign in"),
        (204, "text/plain", ""),
        (302, "text/plain", ""),
        (400, "text/plain", "no"),
        (401, "application/json", "{}"),
        (503, "application/json", r#"{"error":"x"}"#),
    ] {
        assert!(read(status, content_type, body).is_err(), "{status} {body}");
    }
}

proptest! {
    /// Whatever stands in the parts of an address comes back out of it, and nothing else.
    #[test]
    fn sign_out_addresses_keep_their_parts(path in "[ -~äя&=#?+%]{0,40}", state in ".{1,40}") {
        let (provider, original) = (provider(&json!({})), SignIn::default().original());
        let back = format!("https://app.example.com/{}", path.replace('#', ""));
        let out = SignOut::at(&provider).unwrap().id_token_hint(original.raw()).return_to(&back, &state);
        let url = out.url().unwrap();
        let found = pairs(url.expose());
        prop_assert_eq!(found.len(), 3);
        prop_assert_eq!(&found[1].1, &back);
        prop_assert_eq!(&found[2].1, &state);
        let query = format!("state={}", url::form_urlencoded::byte_serialize(state.as_bytes()).collect::<String>());
        prop_assert_eq!(SignOutReturn::read(&query, &state), SignOutReturn::Expected);
    }

    #[test]
    fn no_answer_makes_a_reader_panic(status in 100_u16..600, body in prop::collection::vec(any::<u8>(), 0..200)) {
        let answer = |body: Vec<u8>| reply(status, "application/json", body);
        let _ = user_info(answer(body.clone()));
        let _ = revocation(&provider(&json!({})), None).unwrap().read(answer(body), SignIn::default().now);
    }
}

/// A token of another user in front of userinfo: the way of an ID token plays no part.
#[test]
fn userinfo_belongs_to_the_id_token_of_a_refresh_too() {
    let sign_in = SignIn::default();
    let token = sign_in.token(Way::Refresh, &json!({}));
    let id_token = sign_in.verify(Way::Refresh, &token).unwrap();
    let access_token = AccessToken::new(ACCESS_TOKEN).unwrap();
    let request = UserInfoRequest::new(&provider(&json!({})), access_token, &id_token, DEADLINE);
    let answer = reply(200, "application/json", r#"{"sub":"j.doe"}"#);
    assert!(request.unwrap().read(answer, sign_in.now).is_ok());
}
