//! The relying-party modules of the OpenID certification that are about the whole flow, by their published names: basic
//! (`code`), form post, hybrid (`code id_token`) and config. Over two HTTP stacks, against the sandbox, with one document
//! made wrong. After a bad ID token nothing more may arrive there.

use std::io::{Read, Write};
use std::net::TcpStream;

use erpnet::{
    AuthorizationRequest, Error, ErrorKind, InteractiveApp, Prompt, Reason, ResponseType, SignedIn,
};
use erpnet_sandbox::{Application, Document, Fault, INTERNAL_USER, Sandbox};
use erpnet_tests::caller::Action;
use erpnet_tests::clock::VirtualClock;
use erpnet_tests::signer::{STACKS, Signer, Signing, as_callback, browse};
use serde_json::{Value, json};

const REDIRECT: &str = "https://app.example.com/cb";
const ID: &str = "com.example/certified";
const TOKEN: &str = "/id/connect/token";
const USERINFO: &str = "/id/connect/userinfo";
const KEYS: &str = "/id/.well-known/openid-configuration/jwks";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Plan {
    Basic,
    /// Basic, with the answer posted.
    FormPost,
    /// `code id_token`, posted: form post's hybrid plan too.
    Hybrid,
}

const PLANS: [Plan; 3] = [Plan::Basic, Plan::FormPost, Plan::Hybrid];

/// An authority, and an application over one HTTP stack.
struct Stand {
    name: String,
    plan: Plan,
    sandbox: Sandbox,
    clock: VirtualClock,
    signer: Box<dyn Signer>,
}

/// Each plan over ureq and over reqwest.
fn stands() -> impl Iterator<Item = Stand> {
    let both = STACKS.iter().take(2);
    both.flat_map(|(name, stack)| PLANS.map(|plan| (format!("{name}, {plan:?}"), stack, plan)))
        .map(|(name, stack, plan)| {
            let sandbox = Sandbox::start().unwrap();
            let record = Application::web(ID, REDIRECT)
                .scopes("read")
                .secret("a good secret");
            sandbox.register(record).unwrap();
            let kind = match plan {
                Plan::Basic => ResponseType::Code,
                Plan::FormPost => ResponseType::CodeFormPost,
                Plan::Hybrid => ResponseType::CodeIdToken,
            };
            let app =
                InteractiveApp::confidential(sandbox.instance(), ID, "a good secret", REDIRECT)
                    .and_then(|app| app.with_scopes("openid profile read offline_access"))
                    .and_then(|app| app.with_response_type(kind))
                    .unwrap();
            let clock = VirtualClock::starting_at(sandbox.clock().now());
            let signer = stack(Signing {
                clock: Some(clock.clone()),
                ..Signing::of(app)
            });
            Stand {
                name,
                plan,
                sandbox,
                clock,
                signer,
            }
        })
}

impl Stand {
    fn sign_in(&self) -> Result<SignedIn, Error> {
        let start = self.signer.begin(AuthorizationRequest::new())?;
        let callback = browse(&self.sandbox, INTERNAL_USER, start.url.as_str());
        self.signer.complete(start.pending, &callback)
    }

    /// What the browser's address for the sign-in says.
    fn asks(&self, url: &str, name: &str) -> Option<String> {
        let url = url::Url::parse(url).unwrap();
        let mut pairs = url.query_pairs();
        pairs
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.into_owned())
    }

    /// The ID token in which a module makes its change: the first one that arrives.
    fn first(&self) -> Document {
        match self.plan {
            Plan::Basic | Plan::FormPost => Document::IdToken,
            Plan::Hybrid => Document::FrontChannelIdToken,
        }
    }

    /// In the code flow the bad token was the answer to the one token request; in hybrid there is none.
    fn nothing_more_arrived(&self) {
        let expected = usize::from(self.plan != Plan::Hybrid);
        assert_eq!(self.sandbox.count("POST", TOKEN), expected, "{}", self.name);
        assert_eq!(self.sandbox.count("GET", USERINFO), 0, "{}", self.name);
        let sent = self.sandbox.requests();
        let last = sent
            .iter()
            .rev()
            .find(|request| request.path.starts_with("/id/connect"));
        let last = last.map(|request| request.path.as_str());
        let quiet = match self.plan {
            Plan::Basic | Plan::FormPost => last == Some(TOKEN),
            Plan::Hybrid => last != Some(TOKEN),
        };
        assert!(
            quiet && sent.iter().all(|request| !request.path.starts_with("/api")),
            "{last:?}"
        );
    }

    fn refused(&self, outcome: Result<SignedIn, Error>) {
        let error = outcome.expect_err(&self.name);
        assert!(
            matches!(error.reason(), Reason::IdToken(_)),
            "{}: {error}",
            self.name
        );
        assert_eq!(error.kind(), ErrorKind::Security, "{}", self.name);
        self.nothing_more_arrived();
    }

    fn read(&self, path: &str) -> Value {
        let address = self
            .sandbox
            .root_url()
            .trim_start_matches("http://")
            .to_owned();
        let mut stream = TcpStream::connect(&address).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    }

    fn answer_keys(&self, keys: &Value) {
        let body = json!({ "keys": keys }).to_string();
        let fault = Fault::status(KEYS, 200).body("application/json", body);
        self.sandbox.fail_next(fault.times(10));
    }
}

/// The change to a claim is made, the sign-in refused, and nothing more arrives; a good one goes through after it.
fn change_is_refused(claims: impl Fn(&Stand) -> Value) {
    for stand in stands() {
        stand
            .sandbox
            .fail_next(Fault::alter(stand.first(), claims(&stand)));
        let outcome = stand.sign_in();
        stand.refused(outcome);
        stand.sign_in().expect(&stand.name);
    }
}

/// Any part of a token with its last character but one changed.
fn broken(token: &str) -> String {
    let at = token.len() - 2;
    let other = if &token[at..=at] == "A" { "B" } else { "A" };
    format!("{}{other}{}", &token[..at], &token[at + 1..])
}

#[test]
fn oidcc_client_test() {
    for stand in stands() {
        let signed_in = stand.sign_in().expect(&stand.name);
        let person = stand.signer.userinfo(&signed_in).expect(&stand.name);
        assert_eq!(person.subject(), INTERNAL_USER);
        let sent = stand.sandbox.requests();
        let exchange = sent
            .iter()
            .find(|request| request.path == TOKEN)
            .unwrap()
            .form();
        let field = |name: &str| {
            exchange
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, value)| value.as_str())
        };
        assert_eq!(field("redirect_uri"), Some(REDIRECT));
        assert_eq!(
            field("client_secret"),
            Some("a good secret"),
            "authenticated"
        );
        assert!(field("code_verifier").is_some_and(|verifier| verifier.len() == 43));
        for request in &sent {
            assert!(
                !request
                    .query
                    .as_deref()
                    .unwrap_or_default()
                    .contains("access_token")
            );
        }
    }
}

#[test]
fn oidcc_client_test_nonce_unless_code_flow() {
    for stand in stands() {
        let ask = || stand.signer.begin(AuthorizationRequest::new()).unwrap().url;
        let (one, two) = (ask(), ask());
        let nonce = |url: &str| {
            stand
                .asks(url, "nonce")
                .expect("a nonce, in the code flow as well")
        };
        assert!(nonce(one.as_str()).len() == 43 && nonce(one.as_str()) != nonce(two.as_str()));
        let mode = stand.asks(one.as_str(), "response_mode");
        assert_eq!(
            mode.is_some_and(|mode| mode == "form_post"),
            stand.plan != Plan::Basic
        );
        let scope = stand.asks(one.as_str(), "scope").unwrap();
        assert!(scope.split(' ').any(|scope| scope == "openid"), "{scope}");
    }
}

#[test]
fn oidcc_client_test_nonce_invalid() {
    for stand in stands() {
        let start = stand.signer.begin(AuthorizationRequest::new()).unwrap();
        let nonce = format!("{}1", stand.asks(start.url.as_str(), "nonce").unwrap());
        let fault = Fault::alter(stand.first(), json!({ "nonce": nonce }));
        stand.sandbox.fail_next(fault);
        let callback = browse(&stand.sandbox, INTERNAL_USER, start.url.as_str());
        stand.refused(stand.signer.complete(start.pending, &callback));
    }
}

#[test]
fn oidcc_client_test_invalid_iss() {
    change_is_refused(|stand| json!({ "iss": format!("{}1", stand.sandbox.issuer()) }));
}

#[test]
fn oidcc_client_test_invalid_aud() {
    change_is_refused(|_| json!({ "aud": format!("{ID}1") }));
}

#[test]
fn oidcc_client_test_missing_aud() {
    change_is_refused(|_| json!({ "aud": null }));
}

#[test]
fn oidcc_client_test_missing_iat() {
    change_is_refused(|_| json!({ "iat": null }));
}

#[test]
fn oidcc_client_test_missing_sub() {
    change_is_refused(|_| json!({ "sub": null }));
}

/// Of the hybrid plan.
#[test]
fn oidcc_client_test_invalid_chash() {
    for stand in stands().filter(|stand| stand.plan == Plan::Hybrid) {
        let wrong = json!({ "c_hash": "LDktKdoQak3Pk0cnXxCltA" });
        stand.sandbox.fail_next(Fault::alter(stand.first(), wrong));
        let outcome = stand.sign_in();
        stand.refused(outcome);
    }
}

/// Of the hybrid plan.
#[test]
fn oidcc_client_test_missing_chash() {
    for stand in stands().filter(|stand| stand.plan == Plan::Hybrid) {
        stand
            .sandbox
            .fail_next(Fault::alter(stand.first(), json!({ "c_hash": null })));
        let outcome = stand.sign_in();
        stand.refused(outcome);
    }
}

/// Published for response types with `token`; here the access token comes from the token endpoint.
#[test]
fn oidcc_client_test_invalid_athash() {
    for stand in stands() {
        let wrong = json!({ "at_hash": "LDktKdoQak3Pk0cnXxCltA" });
        stand
            .sandbox
            .fail_next(Fault::alter(Document::IdToken, wrong));
        let error = stand.sign_in().expect_err(&stand.name);
        assert!(matches!(error.reason(), Reason::IdToken(_)), "{error}");
        assert_eq!(stand.sandbox.count("GET", USERINFO), 0);
    }
}

#[test]
fn oidcc_client_test_idtoken_sig_rs256() {
    for stand in stands() {
        let signed_in = stand.sign_in().expect(&stand.name);
        assert_eq!(signed_in.id_token().subject(), INTERNAL_USER);
    }
}

/// The published module allows to accept it in the code flow; it is refused.
#[test]
fn oidcc_client_test_idtoken_sig_none() {
    for stand in stands() {
        let fault = Fault::alter(stand.first(), json!({})).token_header(json!({ "alg": "none" }));
        stand.sandbox.fail_next(fault);
        let outcome = stand.sign_in();
        stand.refused(outcome);
    }
}

#[test]
fn oidcc_client_test_invalid_sig_rs256() {
    for stand in stands() {
        let start = stand.signer.begin(AuthorizationRequest::new()).unwrap();
        if stand.plan != Plan::Hybrid {
            let now = stand.sandbox.clock().now().unix_seconds();
            let claims = json!({
                "iss": stand.sandbox.issuer(), "aud": ID, "sub": INTERNAL_USER, "iat": now, "exp": now + 300,
                "nonce": stand.asks(start.url.as_str(), "nonce").unwrap(),
            });
            let good = stand.sandbox.sign_id_token(json!({}), claims);
            let change = json!({ "id_token": broken(&good) });
            stand
                .sandbox
                .fail_next(Fault::alter(Document::TokenAnswer, change));
        }
        let carried = stand
            .sandbox
            .sign_in_as(INTERNAL_USER, start.url.as_str())
            .unwrap();
        let callback = match carried.parameter("id_token") {
            Some(token) => {
                let body = carried.body().unwrap().replace(&token, &broken(&token));
                erpnet::Callback::from_form(body.as_bytes()).unwrap()
            }
            None => as_callback(&carried),
        };
        stand.refused(stand.signer.complete(start.pending, &callback));
    }
}

/// Several keys and no `kid`: refused, which the module allows.
#[test]
fn oidcc_client_test_kid_absent_multiple_jwks() {
    for stand in stands() {
        let mut keys = stand.read(KEYS)["keys"].clone();
        for key in keys.as_array_mut().unwrap() {
            key.as_object_mut().unwrap().remove("kid");
        }
        assert!(keys.as_array().unwrap().len() > 1);
        stand.answer_keys(&keys);
        let fault = Fault::alter(stand.first(), json!({})).token_header(json!({ "kid": null }));
        stand.sandbox.fail_next(fault);
        let outcome = stand.sign_in();
        stand.refused(outcome);
    }
}

#[test]
fn oidcc_client_test_kid_absent_single_jwks() {
    for stand in stands() {
        let current = stand.sandbox.sign_id_token(json!({}), json!({}));
        let header = current.split('.').next().unwrap();
        let keys = stand.read(KEYS)["keys"].clone();
        let named = |key: &&Value| {
            let kid = json!({ "kid": key["kid"] }).to_string();
            let kid = kid.trim_matches(['{', '}']);
            String::from_utf8_lossy(&decoded(header)).contains(kid)
        };
        let mut key = keys.as_array().unwrap().iter().find(named).unwrap().clone();
        key.as_object_mut().unwrap().remove("kid");
        stand.answer_keys(&json!([key]));
        for document in [Document::FrontChannelIdToken, Document::IdToken] {
            let fault = Fault::alter(document, json!({})).token_header(json!({ "kid": null }));
            stand.sandbox.fail_next(fault);
        }
        stand.sign_in().expect(&stand.name);
    }
}

fn decoded(part: &str) -> Vec<u8> {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(part)
        .unwrap()
}

/// The key is replaced between two sign-ins.
#[test]
fn oidcc_client_test_signing_key_rotation() {
    for stand in stands() {
        stand.sign_in().expect(&stand.name);
        let old = stand.sandbox.kids();
        stand.sandbox.rotate_keys();
        for kid in old {
            let _ = stand.sandbox.retire_key(&kid);
        }
        let before = stand.sandbox.count("GET", KEYS);
        stand.clock.advance(std::time::Duration::from_secs(600));
        stand
            .sandbox
            .clock()
            .advance(std::time::Duration::from_secs(600));
        stand.sign_in().expect(&stand.name);
        assert_eq!(
            stand.sandbox.count("GET", KEYS),
            before + 1,
            "{}",
            stand.name
        );
    }
}

/// The key is replaced while the person signs in.
#[test]
fn oidcc_client_test_signing_key_rotation_just_before_signing() {
    for stand in stands() {
        stand.sign_in().expect(&stand.name);
        let start = stand.signer.begin(AuthorizationRequest::new()).unwrap();
        let old = stand.sandbox.kids();
        stand.sandbox.rotate_keys();
        for kid in old {
            let _ = stand.sandbox.retire_key(&kid);
        }
        let callback = browse(&stand.sandbox, INTERNAL_USER, start.url.as_str());
        stand
            .signer
            .complete(start.pending, &callback)
            .expect(&stand.name);
    }
}

#[test]
fn oidcc_client_test_form_post_error() {
    for stand in stands() {
        let request = AuthorizationRequest::new().prompt(Prompt::None);
        let start = stand.signer.begin(request).unwrap();
        let carried = stand.sandbox.browser().open(start.url.as_str()).unwrap();
        assert_eq!(carried.body().is_some(), stand.plan != Plan::Basic);
        let error = stand
            .signer
            .complete(start.pending, &as_callback(&carried))
            .expect_err(&stand.name);
        assert!(error.to_string().contains("login_required"), "{error}");
        assert!(error.needs_sign_in());
        assert_eq!(stand.sandbox.count("POST", TOKEN), 0);
    }
}

#[test]
fn oidcc_client_test_scope_userinfo_claims() {
    for stand in stands() {
        let signed_in = stand.sign_in().expect(&stand.name);
        let person = stand.signer.userinfo(&signed_in).expect(&stand.name);
        assert!(person.name().is_some(), "{}", stand.name);
    }
}

#[test]
fn oidcc_client_test_userinfo_bearer_header() {
    for stand in stands() {
        let signed_in = stand.sign_in().expect(&stand.name);
        stand.signer.userinfo(&signed_in).expect(&stand.name);
        let sent = stand.sandbox.requests();
        let asked = sent
            .iter()
            .find(|request| request.path == USERINFO)
            .unwrap();
        assert!(
            asked
                .header("authorization")
                .is_some_and(|value| value.starts_with("Bearer "))
        );
        assert!(asked.query.is_none() && asked.body.is_empty());
    }
}

#[test]
fn oidcc_client_test_userinfo_invalid_sub() {
    for stand in stands() {
        let signed_in = stand.sign_in().expect(&stand.name);
        let wrong = json!({ "sub": format!("{INTERNAL_USER}invalid") });
        stand
            .sandbox
            .fail_next(Fault::alter(Document::Userinfo, wrong));
        let error = stand.signer.userinfo(&signed_in).expect_err(&stand.name);
        assert_eq!(error.kind(), ErrorKind::Security, "{error}");
    }
}

/// Signed in, and the access token has ended.
fn due(stand: &Stand) -> SignedIn {
    let signed_in = stand.sign_in().expect(&stand.name);
    let hour = std::time::Duration::from_secs(3601);
    stand.clock.advance(hour);
    stand.sandbox.clock().advance(hour);
    stand.sandbox.clear_requests();
    signed_in
}

fn call(stand: &Stand, signed_in: &SignedIn) -> Result<Value, Error> {
    let action = Action::Get("Crm_Customers?$top=1".to_owned());
    stand.signer.call(signed_in.session(), &action)
}

#[test]
fn oidcc_client_test_refresh_token() {
    for stand in stands() {
        let signed_in = due(&stand);
        call(&stand, &signed_in).expect(&stand.name);
        assert_eq!(stand.sandbox.count("POST", TOKEN), 1, "{}", stand.name);
    }
}

/// The new tokens are not used: the API hears nothing, then or later.
fn refresh_is_refused(claims: impl Fn(&Stand) -> Value) {
    for stand in stands() {
        let signed_in = due(&stand);
        let fault = Fault::alter(Document::RefreshedIdToken, claims(&stand));
        stand.sandbox.fail_next(fault);
        let error = call(&stand, &signed_in).expect_err(&stand.name);
        assert!(
            matches!(error.reason(), Reason::IdToken(_)),
            "{}: {error}",
            stand.name
        );
        stand.clock.advance(std::time::Duration::from_secs(60));
        let later = call(&stand, &signed_in).expect_err(&stand.name);
        assert!(later.needs_sign_in(), "{}: {later}", stand.name);
        assert_eq!(stand.sandbox.count("POST", TOKEN), 1, "{}", stand.name);
        let called = stand.sandbox.requests();
        assert!(
            called
                .iter()
                .all(|request| !request.path.starts_with("/api")),
            "{}",
            stand.name
        );
    }
}

#[test]
fn oidcc_client_test_refresh_token_invalid_issuer() {
    refresh_is_refused(|stand| json!({ "iss": format!("{}1", stand.sandbox.issuer()) }));
}

#[test]
fn oidcc_client_test_refresh_token_invalid_sub() {
    refresh_is_refused(|_| json!({ "sub": format!("{INTERNAL_USER}1") }));
}

/// The metadata with one member replaced, to whoever asks.
fn told(stand: &Stand, change: &Value) {
    let path = "/id/.well-known/openid-configuration";
    let mut document = stand.read(path);
    for (name, value) in change.as_object().unwrap() {
        document[name] = value.clone();
    }
    let body = document.to_string();
    // The keys stand below the same path, and are asked for later.
    stand
        .sandbox
        .fail_next(Fault::status(path, 200).body("application/json", body));
}

#[test]
fn oidcc_client_test_discovery_openid_config() {
    for stand in stands() {
        stand.sign_in().expect(&stand.name);
        assert_eq!(
            stand
                .sandbox
                .count("GET", "/id/.well-known/openid-configuration"),
            1
        );
    }
}

#[test]
fn oidcc_client_test_discovery_issuer_mismatch() {
    for stand in stands() {
        told(
            &stand,
            &json!({ "issuer": format!("{}INVALID", stand.sandbox.issuer()) }),
        );
        let error = stand
            .signer
            .begin(AuthorizationRequest::new())
            .expect_err(&stand.name);
        assert!(
            matches!(error.reason(), Reason::IssuerMismatch { .. }),
            "{error}"
        );
    }
}

#[test]
fn oidcc_client_test_discovery_jwks_uri_keys() {
    for stand in stands() {
        let keys = stand.read(KEYS).to_string();
        told(
            &stand,
            &json!({ "jwks_uri": format!("{}/keys-7f3a", stand.sandbox.issuer()) }),
        );
        stand
            .sandbox
            .fail_next(Fault::status("/id/keys-7f3a", 200).body("application/json", keys));
        stand.sandbox.clear_requests();
        stand.sign_in().expect(&stand.name);
        assert_eq!(stand.sandbox.count("GET", "/id/keys-7f3a"), 1);
        assert_eq!(stand.sandbox.count("GET", KEYS), 0, "never guessed");
    }
}
