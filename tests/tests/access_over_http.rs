//! The access model's predictions, held against the sandbox over HTTP. The two share no code but the nouns: the sandbox
//! enforces the rules by code of its own. Where they differ, the rules decide which is wrong.
#![expect(clippy::print_stdout, reason = "counts are part of the result")]

use std::time::Duration;

use erpnet::access::record::{HashText, SystemUser};
use erpnet::access::{
    ApplicationState, CallFacts, Carrier, ClientType, Credential, GrantRequest, Issuer, Operation,
    Readings, ReferenceTokenPolicy, ScopeFlags, TokenKind, TrustedApplication, UserFacts, UserType,
    Verdict, evaluate_call, evaluate_grant,
};
use erpnet::{ReferenceToken, ReferenceTokenKind, SecretHash, TransportOptions};
use erpnet_client::{BlockingTransport, Limits, Zeroizing};
use erpnet_sandbox::{Application, Caller, Clock, Sandbox};
use erpnet_types::{ClientId, Timestamp};
use erpnet_ureq::UreqTransport;
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp::from_unix_seconds(1_766_505_200);
const URI: &str = "com.example/app";
const SECRET: &str = "the right secret";

struct Bench {
    sandbox: Sandbox,
    transport: UreqTransport,
    id: ClientId,
}

impl Bench {
    fn start() -> Self {
        let sandbox = Sandbox::builder().clock(Clock::fixed(NOW)).start().unwrap();
        let id = sandbox
            .register(
                Application::service(URI)
                    .secret(SECRET)
                    .scopes("read update"),
            )
            .unwrap()
            .client_id;
        Self {
            sandbox,
            transport: UreqTransport::new(&TransportOptions::default()).unwrap(),
            id,
        }
    }

    fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> (u16, Value) {
        let mut request = http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.sandbox.root_url()));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let limits = Limits {
            body: 1 << 20,
            deadline: Duration::from_secs(10),
        };
        let request = request.body(Zeroizing::new(body.into_bytes())).unwrap();
        let mut response = self.transport.send(request, limits).unwrap();
        let mut bytes = Vec::new();
        while let Some(chunk) = response.body_mut().chunk().unwrap() {
            bytes.extend_from_slice(&chunk);
        }
        (
            response.status().as_u16(),
            serde_json::from_slice(&bytes).unwrap_or_default(),
        )
    }

    fn token(&self, secret: Option<&str>, scope: Option<&str>) -> (u16, Value) {
        let mut form = vec![("grant_type", "client_credentials"), ("client_id", URI)];
        form.extend(secret.map(|secret| ("client_secret", secret)));
        form.extend(scope.map(|scope| ("scope", scope)));
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        self.ask(
            "POST",
            "/id/connect/token",
            &[("content-type", "application/x-www-form-urlencoded")],
            body,
        )
    }
}

/// SHA-256 as the owner of a secret computes it; the access model only ever sees the outcome.
fn hash(secret: &str) -> SecretHash {
    let digest = ring::digest::digest(&ring::digest::SHA256, secret.as_bytes());
    SecretHash::from_bytes(digest.as_ref().try_into().unwrap())
}

/// How many predictions were held against an answer, and how many the rules leave open.
#[derive(Default)]
struct Count {
    compared: usize,
    open: usize,
}

impl Count {
    fn note(&mut self, verdict: Verdict) -> bool {
        let open = verdict == Verdict::Unknown;
        *(if open {
            &mut self.open
        } else {
            &mut self.compared
        }) += 1;
        !open
    }
}

#[test]
fn auth_138_139_142_210_226_grants_are_as_predicted() {
    let bench = Bench::start();
    let readings = Readings::default();
    let mut count = Count::default();
    let mut differ = Vec::new();
    let right = hash(SECRET).to_base64();
    let hashes = [None, Some(right.as_str()), Some("bm90IGEgaGFzaA==")];
    let types = [
        ClientType::Confidential,
        ClientType::Public,
        ClientType::None,
    ];
    let flags = |bits: u32| [0, 1, 2].map(|bit| bits & (1 << bit) != 0);
    for (client_type, hash_text, bits, scope) in types.into_iter().flat_map(|t| {
        hashes.into_iter().flat_map(move |h| {
            (0..8).flat_map(move |b| {
                ["", "read", "read update"]
                    .into_iter()
                    .map(move |s| (t, h, b, s))
            })
        })
    }) {
        let [enabled, allowed, has_user] = flags(bits);
        let mut record = TrustedApplication::new(URI);
        record.client_type = client_type;
        record.application_secret_hash = hash_text.map(HashText::new);
        record.is_enabled = enabled;
        record.system_user_allowed = allowed;
        record.system_user =
            has_user.then(|| SystemUser::by_id("cc314327-3d04-477f-ac53-cde19d8350e9"));
        scope.clone_into(&mut record.scope);
        bench
            .sandbox
            .update(&bench.id, |app| {
                app.client_type = match client_type {
                    ClientType::Public => erpnet_sandbox::ClientType::Public,
                    ClientType::None => erpnet_sandbox::ClientType::None,
                    ClientType::Confidential => erpnet_sandbox::ClientType::Confidential,
                };
                app.secret_hash = hash_text.map(str::to_owned);
                app.enabled = enabled;
                app.system_user_allowed = allowed;
                app.system_user = has_user.then(|| erpnet_sandbox::SystemUser::new("svc"));
                scope.clone_into(&mut app.scope);
            })
            .unwrap();
        for secret in [Some(SECRET), Some("another secret"), None] {
            let credential =
                secret.map_or(Credential::Absent, |secret| Credential::Hash(hash(secret)));
            for asked in [
                None,
                Some("read"),
                Some("update read"),
                Some("Read"),
                Some("read openid"),
                Some("sec"),
            ] {
                let request = GrantRequest::client_credentials(URI, asked.unwrap_or_default());
                let request = if asked.is_none() {
                    request.without_scope()
                } else {
                    request
                };
                let request = request.with_credential(credential);
                let decision = evaluate_grant(&record, &request, &UserFacts::none(), &readings);
                if !count.note(decision.verdict) {
                    continue;
                }
                let (status, answer) = bench.token(secret, asked);
                let case = format!(
                    "{client_type:?} hash {hash_text:?} enabled {enabled} allowed {allowed} user {has_user} `{scope}`, \
                     secret {secret:?}, scope {asked:?}: predicted {decision}, answered {status} {}",
                    answer["error"]
                );
                match decision.verdict {
                    Verdict::Allow => {
                        assert_eq!(status, 200, "{case}");
                        let granted = ScopeFlags::from_text(answer["scope"].as_str().unwrap());
                        assert_eq!(decision.scopes(), Some(granted), "{case}");
                    }
                    _ => {
                        assert_eq!(status, 400, "{case}");
                        // Which code a note about an application gets is not documented (AUTH-129).
                        let predicted = decision.error().map(|error| error.to_string());
                        if client_type != ClientType::None
                            && predicted.as_deref() != answer["error"].as_str()
                        {
                            differ.push(case);
                        }
                    }
                }
            }
        }
    }
    assert!(
        differ.is_empty(),
        "{} differ:\n{}",
        differ.len(),
        differ.join("\n")
    );
    println!(
        "grants: {} compared, {} left open by the rules",
        count.compared, count.open
    );
    assert!(count.compared > 2000);
}

/// A token with what the model is told of it.
struct Presented {
    what: String,
    token: String,
    facts: CallFacts,
}

fn service_tokens(bench: &Bench) -> Vec<Presented> {
    let mut tokens = Vec::new();
    let issuer = bench.sandbox.issuer();
    for scopes in ["read", "update", "read update"] {
        let claims = bench.sandbox.service_claims(&bench.id, scopes).unwrap();
        let flags = ScopeFlags::from_text(scopes);
        let fresh = CallFacts {
            application: ApplicationState::Enabled,
            ..CallFacts::service(flags, NOW)
        };
        let mut add = |what: &str, change: Value, facts: CallFacts| {
            let mut claims = claims.clone();
            for (name, value) in change.as_object().unwrap() {
                claims[name] = value.clone();
            }
            let token = bench.sandbox.sign_token(json!({}), claims);
            tokens.push(Presented {
                what: format!("{what} with `{scopes}`"),
                token,
                facts,
            });
        };
        add("a service token", json!({}), fresh);
        add(
            "another instance's token",
            json!({"iss": "https://other.my.erp.net/id"}),
            CallFacts {
                issuer: Issuer::OtherInstance,
                ..fresh
            },
        );
        add(
            "a global token",
            json!({"iss": "https://id.erp.net/id"}),
            CallFacts {
                issuer: Issuer::Global,
                ..fresh
            },
        );
        let resources = erpnet::access::Audiences::RESOURCES;
        add(
            "a token for no API",
            json!({"aud": format!("{issuer}/resources")}),
            CallFacts {
                audiences: Some(resources),
                ..fresh
            },
        );
        let at = |seconds: i64| Timestamp::from_unix_seconds(NOW.unix_seconds() + seconds);
        add(
            "an expired token",
            json!({"nbf": at(-7200).unix_seconds(), "exp": at(-3600).unix_seconds()}),
            CallFacts {
                not_before: Some(at(-7200)),
                expires: Some(at(-3600)),
                ..fresh
            },
        );
        add(
            "a token of tomorrow",
            json!({"nbf": at(86_400).unix_seconds(), "exp": at(90_000).unix_seconds()}),
            CallFacts {
                not_before: Some(at(86_400)),
                expires: Some(at(90_000)),
                ..fresh
            },
        );
    }
    tokens
}

fn reference_tokens(bench: &Bench) -> Vec<Presented> {
    let mut tokens = Vec::new();
    for scopes in ["read", "update", "read update"] {
        for kind in [ReferenceTokenKind::Personal, ReferenceTokenKind::Service] {
            let issued = bench
                .sandbox
                .issue_reference_token(&bench.id, kind, Caller::Administrator, scopes)
                .unwrap();
            let flags = ScopeFlags::from_text(scopes);
            let facts = match kind {
                ReferenceTokenKind::Personal => CallFacts::personal(flags, UserType::Internal),
                _ => CallFacts::service_reference(flags),
            };
            tokens.push(Presented {
                what: format!("{kind:?} reference token with `{scopes}`"),
                token: issued.expose().to_owned(),
                facts: CallFacts {
                    application: ApplicationState::Enabled,
                    ..facts
                },
            });
        }
    }
    tokens
}

#[test]
fn auth_040_078_148_149_230_231_calls_are_as_predicted() {
    let bench = Bench::start();
    bench
        .sandbox
        .update(&bench.id, |app| {
            app.reference_tokens = erpnet_sandbox::ReferenceTokenPolicy::AdministratorsOnly;
        })
        .unwrap();
    let readings = Readings::default();
    let mut count = Count::default();
    let root = "/api/domain/odata/";
    let (_, page) = {
        let all = bench.sandbox.service_claims(&bench.id, "read").unwrap();
        let reader = format!("Bearer {}", bench.sandbox.sign_token(json!({}), all));
        bench.ask(
            "GET",
            &format!("{root}Crm_Customers?$top=1&$select=Id"),
            &[("authorization", &reader)],
            String::new(),
        )
    };
    let customer = format!(
        "{root}Crm_Customers({})",
        page["value"][0]["Id"].as_str().unwrap()
    );
    let operations = [
        ("GET", format!("{root}Crm_Customers")),
        ("GET", customer.clone()),
        ("GET", format!("{root}General_Products_Products")),
        ("POST", format!("{root}Crm_Customers")),
        ("PATCH", customer.clone()),
        (
            "DELETE",
            format!("{root}Crm_Customers(00000000-0000-0000-0000-000000000000)"),
        ),
    ];
    let mut tokens = service_tokens(&bench);
    tokens.extend(reference_tokens(&bench));
    tokens.push(Presented {
        what: "no token".into(),
        token: String::new(),
        facts: CallFacts::default(),
    });
    for presented in &tokens {
        let carriers: &[Carrier] = match presented.facts.kind {
            TokenKind::Missing => &[Carrier::Bearer],
            _ => &[Carrier::Bearer, Carrier::ApiKey],
        };
        for (carrier, (method, path)) in carriers
            .iter()
            .flat_map(|c| operations.iter().map(move |o| (*c, o)))
        {
            let facts = CallFacts {
                carrier,
                ..presented.facts
            };
            let operation = Operation::parse(method, path);
            let decision = evaluate_call(&facts, operation, NOW, &readings);
            let bearer = format!("Bearer {}", presented.token);
            let headers: &[(&str, &str)] = match carrier {
                _ if presented.token.is_empty() => &[],
                Carrier::ApiKey => &[("x-api-key", &presented.token)],
                _ => &[("authorization", &bearer)],
            };
            if !count.note(decision.verdict) {
                continue;
            }
            let headers = [headers, &[("content-type", "application/json")]].concat();
            let body = if *method == "GET" || *method == "DELETE" {
                String::new()
            } else {
                "{}".to_owned()
            };
            let (status, answer) = bench.ask(method, path, &headers, body);
            let refused = matches!(status, 400 | 401 | 403);
            let case = format!(
                "{} by {carrier:?}, {method} {path}: predicted {decision}, answered {status} {answer}",
                presented.what
            );
            assert_eq!(refused, decision.verdict == Verdict::Deny, "{case}");
        }
    }
    println!(
        "calls: {} compared, {} left open by the rules",
        count.compared, count.open
    );
    assert!(count.compared > 200);
}

#[test]
fn auth_126_reference_tokens_are_issued_as_predicted() {
    let bench = Bench::start();
    let mut count = Count::default();
    let policies = [
        (
            ReferenceTokenPolicy::None,
            erpnet_sandbox::ReferenceTokenPolicy::None,
        ),
        (
            ReferenceTokenPolicy::AuthenticatedUsers,
            erpnet_sandbox::ReferenceTokenPolicy::AuthenticatedUsers,
        ),
        (
            ReferenceTokenPolicy::AdministratorsOnly,
            erpnet_sandbox::ReferenceTokenPolicy::AdministratorsOnly,
        ),
    ];
    for (policy, theirs) in policies {
        for bits in 0..8_u32 {
            let [enabled, allowed, has_user] = [0, 1, 2].map(|bit| bits & (1 << bit) != 0);
            let mut record = TrustedApplication::new(URI);
            record.reference_tokens = policy;
            record.is_enabled = enabled;
            record.system_user_allowed = allowed;
            record.system_user =
                has_user.then(|| SystemUser::by_id("cc314327-3d04-477f-ac53-cde19d8350e9"));
            "read".clone_into(&mut record.scope);
            bench
                .sandbox
                .update(&bench.id, |app| {
                    app.reference_tokens = theirs;
                    app.enabled = enabled;
                    app.system_user_allowed = allowed;
                    app.system_user = has_user.then(|| erpnet_sandbox::SystemUser::new("svc"));
                    "read".clone_into(&mut app.scope);
                })
                .unwrap();
            for (kind, caller, scope) in [ReferenceTokenKind::Personal, ReferenceTokenKind::Service]
                .into_iter()
                .flat_map(|k| {
                    [Caller::User, Caller::Administrator]
                        .into_iter()
                        .flat_map(move |c| {
                            ["read", "read update", ""]
                                .into_iter()
                                .map(move |s| (k, c, s))
                        })
                })
            {
                let request = match kind {
                    ReferenceTokenKind::Personal => GrantRequest::personal_token(URI, scope),
                    _ => GrantRequest::service_token(URI, scope),
                };
                let user = UserFacts {
                    is_admin: caller == Caller::Administrator,
                    ..UserFacts::internal()
                };
                let decision = evaluate_grant(&record, &request, &user, &Readings::default());
                if !count.note(decision.verdict) {
                    continue;
                }
                let issued: Result<ReferenceToken, _> = bench
                    .sandbox
                    .issue_reference_token(&bench.id, kind, caller, scope);
                let case = format!(
                    "{policy:?} enabled {enabled} allowed {allowed} user {has_user}: {kind:?} by {caller:?} with `{scope}`: predicted {decision}, {issued:?}"
                );
                assert_eq!(issued.is_ok(), decision.verdict == Verdict::Allow, "{case}");
            }
        }
    }
    println!(
        "reference tokens: {} compared, {} left open by the rules",
        count.compared, count.open
    );
    assert!(count.compared > 200);
}
