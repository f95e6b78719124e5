//! The SDK against an OpenID Provider that nobody here wrote: npm `oidc-provider`, set up to look like an instance.

use erpnet::{ErrorKind, Instance, Reason, ServiceApp};
use erpnet_tests::browser_lite::Browser;
use erpnet_tests::caller::Action;
use erpnet_tests::drivers::{self, Setting};
use erpnet_tests::peers::{Known, Provider};
use url::Url;

fn service(provider: &Provider, secret: &str) -> ServiceApp {
    let instance = Instance::loopback(&provider.url).unwrap();
    ServiceApp::new(instance, provider.client("service").id.as_str(), secret).unwrap()
}

#[test]
fn auth_056_139_discovery_keys_and_client_credentials() {
    let Some(provider) = Provider::start() else {
        return;
    };
    let known = provider.client("service");
    for driver in drivers::real() {
        let at = driver.name();
        let app = service(&provider, &known.secret);
        let app = app.with_scopes("read update").unwrap();
        let client = driver.connect(app, &Setting::default()).unwrap();
        let sites = client.call(&Action::Sites).unwrap();
        assert_eq!(sites["sites"], 2, "{at}");
        let found = client.call(&Action::Provider).unwrap();
        assert_eq!(found["issuer"], provider.issuer.as_str(), "{at}");
        let token = client.call(&Action::Token).unwrap();
        assert_eq!(token["scopes"], "read update", "{at}");
        // The signature is checked with the published key, and `aud` is a text here (AUTH-076).
        let verified = client.call(&Action::VerifiedToken).unwrap();
        assert_eq!(verified["scopes"], "read update", "{at}");
        assert_eq!(verified["client_id"], known.id.as_str(), "{at}");
    }
}

#[test]
fn auth_226_a_wrong_secret_is_the_applications_fault() {
    let Some(provider) = Provider::start() else {
        return;
    };
    for driver in drivers::real() {
        let app = service(&provider, "not the secret");
        let client = driver.connect(app, &Setting::default()).unwrap();
        let error = client.call(&Action::Token).unwrap_err();
        let wrong =
            matches!(error.reason(), Reason::OAuth(verdict) if verdict.code() == "invalid_client");
        assert!(wrong, "{}: {error}", driver.name());
        assert_eq!(error.kind(), ErrorKind::RegistrationMismatch, "{error}");
        assert!(!error.is_transient(), "{error}");
    }
}

/// The pages of the provider, by the browser alone: what the other tests rest on.
#[test]
fn its_sign_in_pages_lead_back_to_the_application() {
    let Some(provider) = Provider::start() else {
        return;
    };
    for (name, response_type, mode) in [
        ("web", "code", None),
        ("hybrid", "code id_token", Some("form_post")),
        ("desktop", "code", None),
    ] {
        let known = provider.client(name);
        let mut browser = Browser::new(&[&known.redirect_uri], None);
        let url = authorize(&provider, &known, response_type, mode);
        let callback = browser.sign_in(&url, &[("login", &provider.user), ("password", "any")]);
        assert_eq!(callback.form.is_some(), mode.is_some(), "{name}");
        assert_eq!(callback.get("state").as_deref(), Some("s"), "{name}");
        // An ID token names the issuer itself (RFC 9207 section 4).
        let named = mode.is_none().then(|| provider.issuer.clone());
        assert_eq!(callback.get("iss"), named, "{name}");
        assert!(callback.get("code").is_some(), "{name}");
        assert_eq!(callback.get("id_token").is_some(), mode.is_some(), "{name}");
    }
}

/// A request by hand, with the challenge of RFC 7636 appendix B.
fn authorize(
    provider: &Provider,
    known: &Known,
    response_type: &str,
    mode: Option<&str>,
) -> String {
    let mut url = Url::parse(&format!("{}/connect/authorize", provider.issuer)).unwrap();
    url.query_pairs_mut().extend_pairs([
        ("client_id", &*known.id),
        ("redirect_uri", &*known.redirect_uri),
        ("response_type", response_type),
        ("scope", "openid profile read"),
        ("state", "s"),
        ("nonce", "n"),
        (
            "code_challenge",
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        ),
        ("code_challenge_method", "S256"),
    ]);
    if let Some(mode) = mode {
        url.query_pairs_mut().append_pair("response_mode", mode);
    }
    url.into()
}
