//! A gateway in front of a sandbox: verifies tokens that the sandbox's own key signed, in fixed time.

use erpnet::{
    Error, Options, Reason, ServiceApp, SignatureBackend, TokenFault, TransportOptions,
    VerifiedToken, blocking,
};
use erpnet_sandbox::{Application, Clock, Sandbox};
use erpnet_types::Timestamp;
use erpnet_ureq::UreqTransport;
use serde_json::{Value, json};

use crate::clock::VirtualClock;
use crate::instance::{CLIENT_ID, SECRET, START};
use crate::signing::Key;

/// The libraries beside ring.
const OTHERS: &[SignatureBackend] = &[
    #[cfg(feature = "aws-lc-rs")]
    SignatureBackend::AwsLcRs,
];

/// The client, the instance, and the instance's signing key.
#[derive(Debug)]
pub struct Gateway {
    /// The instance.
    pub sandbox: Sandbox,
    /// What verifies, with ring.
    pub client: blocking::Client,
    /// The same with each other library that is compiled in.
    pub others: Vec<blocking::Client>,
    /// The client's time.
    pub clock: VirtualClock,
    /// The key that the instance signs with.
    pub key: Key,
}

impl Default for Gateway {
    fn default() -> Self {
        Self::with(|_| ())
    }
}

impl Gateway {
    /// With other options than the defaults.
    ///
    /// # Panics
    /// When the sandbox does not start.
    #[must_use]
    pub fn with(change: impl FnOnce(&mut Options)) -> Self {
        let start = Timestamp::from_unix_seconds(START);
        let builder = Sandbox::builder().clock(Clock::fixed(start));
        let sandbox = builder.start().expect("it starts");
        let record = Application::service(CLIENT_ID)
            .secret(SECRET)
            .scopes("read update");
        sandbox.register(record).expect("a proper record");
        let app =
            ServiceApp::new(sandbox.instance(), CLIENT_ID, SECRET).expect("a proper application");
        let clock = VirtualClock::starting_at(start);
        let app = app.configure(change);
        let client = |backend| {
            let app = app
                .clone()
                .configure(|options| options.signatures.backend = backend);
            let transport =
                UreqTransport::new(&TransportOptions::default()).expect("proper options");
            blocking::Client::with_runtime(
                app,
                std::sync::Arc::new(transport),
                std::sync::Arc::new(clock.clone()),
            )
            .expect("proper options")
        };
        let kid = sandbox.kids().pop().expect("there is a key");
        // A new sandbox signs with the second development key; `is_sound` finds out if that changes.
        let key = Key::development(1).named(&kid);
        Self {
            client: client(SignatureBackend::Ring),
            others: OTHERS.iter().copied().map(client).collect(),
            sandbox,
            clock,
            key,
        }
    }

    /// The documented claims of a service token.
    #[must_use]
    pub fn claims(&self) -> Value {
        let issuer = self.sandbox.issuer();
        json!({
            "nbf": START, "exp": START + 3600, "iss": issuer,
            "aud": ["DomainAPI", "TableAPI", "OLAP", "AppServer", format!("{issuer}/resources")],
            "client_id": CLIENT_ID, "client_system_user": "svc.reports",
            "client_system_user_type": "InternalUser", "client_db": "E1_DEV-1 Test",
            "jti": "8D0B705573A1A98FDBADFF0CD7F7EEB4", "iat": START, "scope": ["read", "update"],
        })
    }

    /// The same with some of them replaced, and those that are `{"gone": true}` taken away.
    #[must_use]
    pub fn claims_with(&self, change: &Value) -> Value {
        let mut claims = self.claims();
        for (name, value) in change.as_object().into_iter().flatten() {
            if *value == json!({ "gone": true }) {
                claims.as_object_mut().expect("an object").remove(name);
            } else {
                claims[name] = value.clone();
            }
        }
        claims
    }

    /// A good token but for these members of its header; `null` takes one away.
    #[must_use]
    pub fn with_header(&self, header: &Value) -> String {
        self.key.token(header, &self.claims())
    }

    /// A good token but for these claims.
    #[must_use]
    pub fn with_claims(&self, change: &Value) -> String {
        self.key.token(&json!({}), &self.claims_with(change))
    }

    /// Verifies.
    ///
    /// # Errors
    /// The client's own.
    pub fn verify(&self, token: &str) -> Result<std::sync::Arc<VerifiedToken>, Error> {
        self.client.verify(token)
    }

    /// How many clients there are: one for each library that verifies.
    #[must_use]
    pub fn clients(&self) -> usize {
        1 + self.others.len()
    }

    /// The name of the first check that a token fails; `ok` when none.
    ///
    /// # Panics
    /// When it fails for another cause, its error shows more of it than it should, or another library judges otherwise.
    #[must_use]
    pub fn verdict(&self, token: &str) -> String {
        let verdict = judged(token, self.verify(token));
        for other in &self.others {
            assert_eq!(
                judged(token, other.verify(token)),
                verdict,
                "another library"
            );
        }
        verdict
    }

    /// That the client reads the sandbox's own tokens and ours alike: without it, refusals would prove nothing.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let own = self.sandbox.sign_token(json!({}), self.claims());
        [own, self.with_header(&json!({}))]
            .iter()
            .all(|token| self.verdict(token) == "ok")
    }
}

fn judged(token: &str, verdict: Result<std::sync::Arc<VerifiedToken>, Error>) -> String {
    let Err(error) = verdict else {
        return "ok".to_owned();
    };
    let shown = format!("{error} {error:?} {}", error.advice());
    if let Some((_, signature)) = token.rsplit_once('.').filter(|(_, part)| part.len() > 20) {
        assert!(!shown.contains(signature), "{shown}");
    }
    assert!(
        shown.len() < 5000 && !shown.contains(char::is_control),
        "{shown}"
    );
    match error.reason() {
        Reason::Token(fault) => fault_name(fault),
        other => panic!("{other:?}"),
    }
}

/// The name of the variant: `BadSignature`.
#[must_use]
pub fn fault_name(fault: &TokenFault) -> String {
    let shown = format!("{fault:?}");
    let end = shown.find(|c: char| !c.is_alphanumeric());
    shown[..end.unwrap_or(shown.len())].to_owned()
}
