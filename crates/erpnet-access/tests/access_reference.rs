//! A second evaluator, deliberately naive: tables and first-match lists, written from the rulebook and not from the
//! code, compared with the real one over all combinations.
//!
//! It shares no helper with the crate: scopes are lists of names, times are seconds, every rule is a line.

#![allow(
    clippy::print_stdout,
    reason = "the counts are part of what the test says"
)]

use std::time::Instant;

use erpnet_access::record::{HashText, RedirectList, SystemUser};
use erpnet_access::{
    Answer, ApplicationState, Audiences, CallFacts, Carrier, ClientType, ConfidentialResponse,
    Credential, Grant, GrantRequest, Issuer, Operation, Pkce, PreparedCalls, Proof, Readings,
    ReferenceTokenPolicy, ResponseMode, ScopeFlags, TokenKind, TrustedApplication, UserFacts,
    UserType, Verdict, evaluate_call, evaluate_grant,
};
use erpnet_types::{SecretHash, Timestamp};

const D: Verdict = Verdict::Deny;
const U: Verdict = Verdict::Unknown;
const A: Verdict = Verdict::Allow;

fn answer(answer: Answer) -> Verdict {
    match answer {
        Answer::Yes => A,
        Answer::No => D,
        Answer::Open => U,
    }
}

/// All sets over these names.
fn subsets(names: &[&'static str]) -> Vec<Vec<&'static str>> {
    (0..1_usize << names.len())
        .map(|bits| {
            names
                .iter()
                .enumerate()
                .filter(|(i, _)| bits >> i & 1 == 1)
                .map(|(_, n)| *n)
                .collect()
        })
        .collect()
}

// ---------------------------------------------------------------------------------------------------- calls

/// Scopes, one field a name.
#[derive(Clone, Copy, Default)]
struct Names {
    read: bool,
    update: bool,
    openid: bool,
    profile: bool,
    sec: bool,
    legacy: bool,
}

impl Names {
    fn of(names: &[&str]) -> Self {
        let has = |name: &str| names.contains(&name);
        Self {
            read: has("read"),
            update: has("update"),
            openid: has("openid"),
            profile: has("profile"),
            sec: has("sec"),
            legacy: has("DomainApi"),
        }
    }
}

/// AUTH-149, AUTH-150, AUTH-130, AUTH-298, AUTH-302, AUTH-307, G19: operation by scopes.
fn naive_scope(operation: Operation, names: Names, enrt: bool, readings: &Readings) -> Verdict {
    let legacy = if names.legacy {
        answer(readings.legacy_scope)
    } else {
        D
    };
    let read = match (names.read, names.update) {
        (true, _) => A,
        (false, true) => answer(readings.update_implies_read).max(legacy),
        (false, false) => legacy,
    };
    let update = if names.update { A } else { legacy };
    match operation {
        Operation::EntityRead | Operation::TableRead => read,
        Operation::EntityWrite | Operation::TableWrite => update,
        Operation::SecurityRead => read.min(U),
        Operation::SecurityWrite => update.min(U),
        Operation::RegistrationWrite if names.sec => update.min(U),
        Operation::RegistrationWrite => D,
        Operation::Me if enrt || names.openid && names.profile => A,
        Operation::Me => answer(readings.me_without_profile),
        _ => U,
    }
}

/// The table "capability by token kind".
fn naive_kind(kind: TokenKind, me: bool) -> Verdict {
    match (kind, me) {
        (TokenKind::Missing | TokenKind::Id, _) => D,
        (TokenKind::User | TokenKind::Personal, _) => A,
        (TokenKind::Service | TokenKind::ServiceReference, true) => D,
        (TokenKind::Service | TokenKind::ServiceReference, false) => A,
        (TokenKind::Reference, _) => U,
    }
}

/// Section 6, AUTH-152, AUTH-302: which users may use what.
fn naive_user(kind: TokenKind, user: UserType, me: bool) -> Verdict {
    match (kind, user, me) {
        (TokenKind::Service | TokenKind::ServiceReference, ..) => A,
        // AUTH-238: it may be a PAT, bound by its user's kind, or a SAT, which is not.
        (TokenKind::Reference, ..) => U,
        (_, UserType::Internal, _) => A,
        (_, UserType::ExternalCommunity | UserType::NotStated, true) => A,
        (_, UserType::ExternalCommunity, false) => D,
        _ => U,
    }
}

fn naive_audience(
    aud: Option<(bool, bool, bool, bool)>,
    table: bool,
    readings: &Readings,
) -> Verdict {
    // (DomainAPI, TableAPI, another API, legacy DomainApi)
    match aud {
        None => U,
        Some((_, true, ..)) if table => A,
        Some((true, ..)) if !table => A,
        Some((true, ..) | (_, true, ..) | (_, _, true, _)) => U,
        Some((_, _, _, true)) => answer(readings.legacy_audience),
        Some(_) => D,
    }
}

/// (now, nbf, exp) in seconds.
fn naive_time(enrt: bool, now: i64, from: Option<i64>, until: Option<i64>, skew: i64) -> Verdict {
    match (enrt, until) {
        (true, Some(until)) if now >= until => U,
        (true, _) => A,
        (false, Some(until)) if now >= until => D,
        (false, _) if from.is_some_and(|from| now + skew < from) => D,
        (false, Some(_)) => A,
        (false, None) => U,
    }
}

/// Token kinds x operations x user types x issuers x carriers x application states x audiences x times x scope
/// subsets, under one set of readings.
fn compare_calls(readings: Readings) {
    let began = Instant::now();
    let mut count = 0_u64;
    let base = 1_766_505_147;
    let at = Timestamp::from_unix_seconds;
    let all = subsets(&["read", "update", "openid", "profile", "sec", "DomainApi"]);
    let scopes: Vec<(Option<Names>, Option<ScopeFlags>)> = all
        .iter()
        .map(|set| {
            (
                Some(Names::of(set)),
                Some(ScopeFlags::from_text(&set.join(" "))),
            )
        })
        .chain([(None, None)])
        .collect();
    // Live, at the end, within the skew, beyond it, unknown.
    let times = [
        (Some(base), Some(base + 3600), base + 3599),
        (Some(base), Some(base + 3600), base + 3600),
        (Some(base), Some(base + 3600), base - 60),
        (Some(base), Some(base + 3600), base - 61),
        (None, None, base),
    ];
    let audiences = [
        (None, None),
        (Some((true, true, true, false)), Some(Audiences::API)),
        (
            Some((false, false, false, false)),
            Some(Audiences::RESOURCES),
        ),
        (Some((false, false, false, true)), Some(Audiences::LEGACY)),
        (
            Some((true, false, false, false)),
            Some(Audiences::DOMAIN_API),
        ),
    ];
    let issuers = [
        (Issuer::ThisInstance, A),
        (Issuer::OtherInstance, D),
        (Issuer::Global, D),
        (Issuer::NotStated, U),
    ];
    for kind in TokenKind::ALL {
        let enrt = [
            TokenKind::Personal,
            TokenKind::ServiceReference,
            TokenKind::Reference,
        ]
        .contains(&kind);
        let gone = if enrt {
            D
        } else {
            answer(readings.jwt_survives_disabling)
        };
        for (carrier, by_carrier, application, by_application) in [
            (Carrier::Bearer, A, ApplicationState::NotStated, A),
            (Carrier::Bearer, A, ApplicationState::Disabled, gone),
            (
                Carrier::ApiKey,
                if enrt { A } else { D },
                ApplicationState::Enabled,
                A,
            ),
            (Carrier::Both, U, ApplicationState::NotStated, A),
        ] {
            for user in UserType::ALL {
                for (issuer, by_issuer) in issuers {
                    // Reference tokens show no audiences; two of the five suffice to see that none is looked at.
                    for (aud, audiences) in audiences.into_iter().take(if enrt { 2 } else { 5 }) {
                        // Prepared once per token, asked at each of its times.
                        let mut prepared = Vec::new();
                        let mut prepared_for = None;
                        for (from, until, now) in times {
                            if prepared_for != Some((from, until)) {
                                prepared_for = Some((from, until));
                                prepared.clear();
                            }
                            let skew = i64::from(readings.clock_skew_seconds);
                            let so_far = by_carrier.min(by_application).min(by_issuer);
                            let so_far = so_far.min(naive_time(enrt, now, from, until, skew));
                            for (index, (names, flags)) in scopes.iter().enumerate() {
                                let facts = CallFacts {
                                    kind,
                                    carrier,
                                    issuer,
                                    audiences,
                                    scopes: *flags,
                                    user,
                                    application,
                                    not_before: from.map(at),
                                    expires: until.map(at),
                                };
                                if prepared.len() == index {
                                    prepared.push(PreparedCalls::new(&facts, &readings));
                                }
                                for operation in Operation::ALL {
                                    let me = operation == Operation::Me;
                                    let table = matches!(
                                        operation,
                                        Operation::TableRead | Operation::TableWrite
                                    );
                                    let mut naive = so_far
                                        .min(naive_kind(kind, me))
                                        .min(naive_user(kind, user, me));
                                    if !enrt && !me {
                                        naive = naive.min(naive_audience(aud, table, &readings));
                                    }
                                    naive = naive.min(match names {
                                        Some(names) => {
                                            naive_scope(operation, *names, enrt, &readings)
                                        }
                                        None if me && enrt => A,
                                        None => U,
                                    });
                                    naive = match operation {
                                        Operation::TableWrite => D,
                                        Operation::Anonymous => A,
                                        _ => naive,
                                    };
                                    let decision =
                                        evaluate_call(&facts, operation, at(now), &readings);
                                    // Rule and check included.
                                    assert!(
                                        prepared[index].decide(operation, at(now)) == decision,
                                        "{decision}: {facts:?} {operation:?} at {now}"
                                    );
                                    let real = decision.verdict;
                                    assert!(
                                        naive == real,
                                        "{naive} {real}: {facts:?} {operation:?} at {now}"
                                    );
                                    count += 1;
                                }
                            }
                        }
                    }
                }
            }
        }
    }
    println!("{count} calls compared in {:?}", began.elapsed());
}

fn settled(answer: Answer) -> Readings {
    Readings {
        update_implies_read: answer,
        jwt_survives_disabling: answer,
        legacy_audience: answer,
        legacy_scope: answer,
        me_without_profile: answer,
        public_refresh: answer,
        refresh_slides: answer,
        public_hybrid: answer,
        sat_under_authenticated_users: answer,
        public_secret_accepted: answer,
        ..Readings::default()
    }
}

#[test]
fn every_call_agrees_while_the_gaps_are_open() {
    compare_calls(Readings::default());
}

#[test]
fn every_call_agrees_when_the_gaps_are_answered_with_yes() {
    compare_calls(settled(Answer::Yes));
}

#[test]
fn every_call_agrees_when_the_gaps_are_answered_with_no() {
    compare_calls(settled(Answer::No));
}

// ---------------------------------------------------------------------------------------------------- grants

/// The secret of the record beside the one that is sent.
const HASHES: [&str; 4] = ["", "good", "other", "malformed"];
const SENT: [&str; 3] = ["none", "good", "unknown"];

/// A record and a request as plain words.
#[derive(Clone, Debug)]
struct Case {
    enabled: bool,
    internal: bool,
    community: bool,
    system_allowed: bool,
    system_user: bool,
    client: &'static str,
    hash: &'static str,
    policy: &'static str,
    registered: bool,
    configured: Vec<&'static str>,
    grant: &'static str,
    sent: &'static str,
    requested: Option<Vec<&'static str>>,
    user: UserType,
    admin: bool,
    active: bool,
    proof: &'static str,
    age_hours: u64,
    expiry: bool,
    secret_requested: bool,
}

impl Case {
    fn new(grant: &'static str) -> Self {
        Self {
            enabled: true,
            internal: true,
            community: false,
            system_allowed: true,
            system_user: true,
            client: "Confidential",
            hash: "good",
            policy: "None",
            registered: true,
            configured: vec!["read"],
            grant,
            sent: "good",
            requested: Some(vec!["read"]),
            user: UserType::Internal,
            admin: false,
            active: true,
            proof: "live",
            age_hours: 1,
            expiry: true,
            secret_requested: true,
        }
    }
}

type Answered = (Verdict, &'static str);

/// First match wins; among the open ones a later denial still wins.
fn first(rows: &[(bool, Verdict, &'static str)]) -> Answered {
    let hit = |wanted: Verdict| {
        rows.iter()
            .find(|(applies, verdict, _)| *applies && *verdict == wanted)
    };
    hit(D)
        .or_else(|| hit(U))
        .map_or((A, ""), |(_, verdict, error)| (*verdict, error))
}

fn secret_row(case: &Case, readings: &Readings) -> [(bool, Verdict, &'static str); 3] {
    let confidential = case.client == "Confidential";
    let wrong = case.hash.is_empty() || case.hash == "malformed" || case.sent == "none";
    let differs = case.hash == "other" && case.sent == "good";
    [
        (confidential && (wrong || differs), D, "invalid_client"),
        (confidential && case.sent == "unknown", U, ""),
        (
            !confidential && case.sent != "none",
            answer(readings.public_secret_accepted),
            "invalid_client",
        ),
    ]
}

/// Section 8 and the error tables of section 13.
fn naive_service(case: &Case, readings: &Readings) -> Answered {
    let secret = secret_row(case, readings);
    let asked = case.requested.clone().unwrap_or_default();
    let protocol = |name: &&str| ["openid", "profile", "offline_access"].contains(name);
    let none = asked.is_empty();
    let usable = case.configured.iter().any(|name| !protocol(name));
    first(&[
        (!case.enabled, D, "invalid_client"),
        (case.client != "Confidential", D, "unauthorized_client"),
        secret[0],
        secret[1],
        secret[2],
        (
            !case.system_allowed || !case.system_user,
            D,
            "unauthorized_client",
        ),
        (none && !usable, D, "invalid_scope"),
        (
            asked.iter().any(protocol as fn(&&str) -> bool),
            D,
            "invalid_scope",
        ),
        (
            asked.iter().any(|name| !case.configured.contains(name)),
            D,
            "invalid_scope",
        ),
        (asked.contains(&"sec"), U, ""),
        (
            none && !case.configured.contains(&"read") && !case.configured.contains(&"update"),
            U,
            "",
        ),
    ])
}

/// Section 7 and the error tables of section 13.
fn naive_sign_in(case: &Case, readings: &Readings) -> Answered {
    let secret = secret_row(case, readings);
    let asked = case.requested.clone().unwrap_or_default();
    let has = |name: &str| asked.contains(&name);
    let hybrid = case.grant == "hybrid";
    let public = case.client == "Public";
    let resource = |name: &&&str| !["openid", "profile", "offline_access"].contains(*name);
    let flag = match case.user {
        UserType::Internal => case.internal,
        UserType::ExternalCommunity => case.community,
        _ => case.internal || case.community,
    };
    let no_login = case.user.name().ends_with("NoLogin");
    first(&[
        (
            !case.enabled || case.client == "None",
            D,
            "unauthorized_client",
        ),
        (!case.registered, D, "invalid_request"),
        (
            public && hybrid,
            answer(readings.public_hybrid),
            "unauthorized_client",
        ),
        (asked.is_empty(), D, "invalid_request"),
        (hybrid && !has("openid"), D, "invalid_request"),
        (has("profile") && !has("openid"), D, "invalid_scope"),
        (
            asked
                .iter()
                .filter(resource)
                .any(|name| !case.configured.contains(name)),
            D,
            "invalid_scope",
        ),
        (
            public && has("offline_access"),
            answer(readings.public_refresh),
            "invalid_scope",
        ),
        (has("sec"), U, ""),
        (
            case.user == UserType::ExternalCommunity
                && asked
                    .iter()
                    .any(|name| !["openid", "profile"].contains(name)),
            U,
            "",
        ),
        (no_login || !case.active || !flag, D, ""),
        (
            matches!(case.user, UserType::NotStated | UserType::Other),
            U,
            "",
        ),
        secret[0],
        secret[1],
        secret[2],
    ])
}

fn naive_refresh(case: &Case, readings: &Readings) -> Answered {
    let secret = secret_row(case, readings);
    let confidential = case.client == "Confidential";
    let no_login = case.user.name().ends_with("NoLogin");
    let flag = match case.user {
        UserType::Internal => case.internal,
        UserType::ExternalCommunity => case.community,
        _ => case.internal || case.community,
    };
    first(&[
        (!case.enabled, D, "invalid_client"),
        (case.client == "None", D, "unauthorized_client"),
        secret[0],
        secret[1],
        secret[2],
        (
            !["live", "unknown"].contains(&case.proof),
            D,
            "invalid_grant",
        ),
        (case.proof == "unknown", U, ""),
        (
            confidential && case.age_hours >= 30 * 24,
            answer(readings.refresh_slides),
            "invalid_grant",
        ),
        (!confidential && case.age_hours >= 24, D, "invalid_grant"),
        (no_login || !case.active || !flag, D, "invalid_grant"),
        (
            matches!(case.user, UserType::NotStated | UserType::Other),
            U,
            "",
        ),
    ])
}

/// The issuance matrix of section 9 and its extra conditions.
fn naive_reference(case: &Case, readings: &Readings) -> Answered {
    let asked = case.requested.clone().unwrap_or_default();
    let matrix = match (case.policy, case.grant, case.admin) {
        ("None", "pat" | "sat", _) => D,
        ("AuthenticatedUsers", "pat", _) => A,
        ("AuthenticatedUsers", "sat", true) => answer(readings.sat_under_authenticated_users),
        ("AdministratorsOnly", "pat" | "sat", true) => A,
        (_, "install", _) => {
            if case.secret_requested {
                A
            } else {
                D
            }
        }
        _ => D,
    };
    let pat = case.grant == "pat";
    let install = case.grant == "install";
    let no_login = case.user.name().ends_with("NoLogin");
    first(&[
        (!case.enabled, D, ""),
        (matrix != A, matrix, ""),
        (!(pat || case.system_allowed && case.system_user), D, ""),
        (asked.is_empty(), D, ""),
        (
            asked
                .iter()
                .any(|name| !["read", "update"].contains(name) || !case.configured.contains(name)),
            D,
            "",
        ),
        (no_login || !case.active || (install && !case.admin), D, ""),
        (pat && !matches!(case.user, UserType::Internal), U, ""),
        (!install && !case.expiry, U, ""),
    ])
}

fn naive_grant(case: &Case, readings: &Readings) -> Answered {
    match case.grant {
        "service" => naive_service(case, readings),
        "code" | "hybrid" => naive_sign_in(case, readings),
        "refresh" => naive_refresh(case, readings),
        _ => naive_reference(case, readings),
    }
}

const GOOD: [u8; 32] = [7; 32];

fn record_of(case: &Case) -> TrustedApplication {
    let mut record = TrustedApplication::new("com.example/app");
    record.is_enabled = case.enabled;
    record.impersonate_as_internal_user_allowed = case.internal;
    record.impersonate_as_community_user_allowed = case.community;
    record.system_user_allowed = case.system_allowed;
    record.system_user = case
        .system_user
        .then(|| SystemUser::by_id("cc314327-3d04-477f-ac53-cde19d8350e9"));
    record.client_type = ClientType::from_name(case.client).unwrap();
    record.application_secret_hash = match case.hash {
        "good" => Some(HashText::from(SecretHash::from_bytes(GOOD))),
        "other" => Some(HashText::from(SecretHash::from_bytes([8; 32]))),
        "malformed" => Some(HashText::new("0707")),
        _ => None,
    };
    record.reference_tokens = ReferenceTokenPolicy::from_name(case.policy).unwrap();
    record.impersonate_login_url = RedirectList::new("https://app.example/cb");
    record.scope = case.configured.join(" ");
    record
}

/// Compares one case; the record and the texts are made once and reused.
fn compare_grant(
    case: &Case,
    record: &TrustedApplication,
    scope: Option<&str>,
    readings: &Readings,
) {
    let redirect = if case.registered {
        "https://app.example/cb"
    } else {
        "https://app.example/cb/"
    };
    let id = "com.example/app";
    let text = scope.unwrap_or_default();
    let mut request = match case.grant {
        "service" => GrantRequest::client_credentials(id, text),
        "code" => GrantRequest::authorization_code(id, redirect, text),
        "hybrid" => GrantRequest::hybrid(id, redirect, text),
        "refresh" => GrantRequest::refresh(id),
        "pat" => GrantRequest::personal_token(id, text),
        "sat" => GrantRequest::service_token(id, text),
        _ => GrantRequest {
            grant: Grant::InstalledServiceToken,
            ..GrantRequest::service_token(id, text)
        },
    };
    if scope.is_none() {
        request = request.without_scope();
    }
    request.credential = match case.sent {
        "good" => Credential::Hash(SecretHash::from_bytes(GOOD)),
        "unknown" => Credential::Unverified,
        _ => Credential::Absent,
    };
    request.proof = match case.proof {
        "live" => Proof::Live,
        "expired" => Proof::Expired,
        "consumed" => Proof::Consumed,
        "revoked" => Proof::Revoked,
        "foreign" => Proof::Foreign,
        _ => Proof::Unverified,
    };
    request.sign_in_age = Some(std::time::Duration::from_secs(case.age_hours * 3600));
    request.expiry_chosen = case.expiry;
    request.secret_requested = case.secret_requested;
    let user = UserFacts {
        is_admin: case.admin,
        is_active: case.active,
        ..UserFacts::of(case.user)
    };
    let decision = evaluate_grant(record, &request, &user, readings);
    let error = decision.error().map_or("", |error| error.code());
    let (verdict, expected) = naive_grant(case, readings);
    let expected = if verdict == D { expected } else { "" };
    assert!(
        (verdict, expected) == (decision.verdict, error),
        "{verdict} `{expected}`, {decision}: {case:?}"
    );
    // What is granted is what was asked for, or everything configured (AUTH-139, AUTH-142).
    if verdict == A && case.grant != "refresh" {
        let asked = case
            .requested
            .as_deref()
            .filter(|asked| !asked.is_empty())
            .unwrap_or(&case.configured);
        assert_eq!(
            decision.scopes(),
            Some(ScopeFlags::from_text(&asked.join(" "))),
            "{case:?}"
        );
    }
}

/// Runs `each` for every element of the product of yes and no, `N` times.
fn flags<const N: usize>(mut each: impl FnMut([bool; N])) {
    for bits in 0..1_u32 << N {
        each(std::array::from_fn(|index| bits >> index & 1 == 1));
    }
}

fn requests(names: &[&'static str]) -> Vec<(Option<Vec<&'static str>>, Option<String>)> {
    let named = subsets(names)
        .into_iter()
        .map(|set| (Some(set.clone()), Some(set.join(" "))));
    named.chain([(None, None)]).collect()
}

fn compare_services(readings: Readings) -> u64 {
    let mut count = 0;
    let requests = requests(&[
        "read",
        "update",
        "openid",
        "profile",
        "offline_access",
        "sec",
    ]);
    for configured in subsets(&["read", "update", "sec"]) {
        for (client, hash) in product(&["Confidential", "Public", "None"], &HASHES) {
            flags(|[enabled, internal, system_allowed, system_user]| {
                let mut case = Case {
                    enabled,
                    internal,
                    system_allowed,
                    system_user,
                    client,
                    hash,
                    configured: configured.clone(),
                    ..Case::new("service")
                };
                let record = record_of(&case);
                for sent in SENT {
                    for (requested, text) in &requests {
                        case.sent = sent;
                        case.requested.clone_from(requested);
                        compare_grant(&case, &record, text.as_deref(), &readings);
                        count += 1;
                    }
                }
            });
        }
    }
    count
}

fn product(a: &[&'static str], b: &[&'static str]) -> Vec<(&'static str, &'static str)> {
    a.iter()
        .flat_map(|a| b.iter().map(move |b| (*a, *b)))
        .collect()
}

fn compare_sign_ins(readings: Readings, grant: &'static str) -> u64 {
    let mut count = 0;
    let requests = requests(&[
        "openid",
        "profile",
        "read",
        "update",
        "offline_access",
        "sec",
    ]);
    for configured in [
        vec![],
        vec!["read"],
        vec!["read", "update"],
        vec!["read", "sec"],
    ] {
        for (client, hash) in product(&["Confidential", "Public", "None"], &HASHES) {
            flags(|[enabled, internal, community, registered]| {
                let mut case = Case {
                    enabled,
                    internal,
                    community,
                    registered,
                    client,
                    hash,
                    configured: configured.clone(),
                    ..Case::new(grant)
                };
                let record = record_of(&case);
                for user in UserType::ALL {
                    for sent in SENT {
                        for (requested, text) in &requests {
                            (case.user, case.sent) = (user, sent);
                            case.requested.clone_from(requested);
                            compare_grant(&case, &record, text.as_deref(), &readings);
                            count += 1;
                        }
                    }
                }
            });
        }
    }
    count
}

fn compare_refreshes(readings: Readings) -> u64 {
    let mut count = 0;
    for (client, hash) in product(&["Confidential", "Public", "None"], &HASHES) {
        flags(|[enabled, internal, community, active]| {
            let mut case = Case {
                enabled,
                internal,
                community,
                active,
                client,
                hash,
                ..Case::new("refresh")
            };
            let record = record_of(&case);
            for user in UserType::ALL {
                for (sent, proof) in product(
                    &SENT,
                    &[
                        "live", "expired", "consumed", "revoked", "foreign", "unknown",
                    ],
                ) {
                    for age_hours in [0, 23, 24, 719, 720] {
                        (case.user, case.sent, case.proof, case.age_hours) =
                            (user, sent, proof, age_hours);
                        compare_grant(&case, &record, None, &readings);
                        count += 1;
                    }
                }
            }
        });
    }
    count
}

fn compare_references(readings: Readings) -> u64 {
    let mut count = 0;
    let requests = requests(&["read", "update", "openid"]);
    for configured in subsets(&["read", "update"]) {
        for (client, policy) in product(
            &["Confidential", "Public", "None"],
            &["None", "AuthenticatedUsers", "AdministratorsOnly"],
        ) {
            flags(
                |[
                    enabled,
                    system_allowed,
                    system_user,
                    admin,
                    active,
                    expiry,
                    secret_requested,
                ]| {
                    let mut case = Case {
                        enabled,
                        system_allowed,
                        system_user,
                        admin,
                        active,
                        expiry,
                        secret_requested,
                        client,
                        policy,
                        configured: configured.clone(),
                        ..Case::new("pat")
                    };
                    let record = record_of(&case);
                    for user in UserType::ALL {
                        for grant in ["pat", "sat", "install"] {
                            for (requested, text) in &requests {
                                (case.user, case.grant) = (user, grant);
                                case.requested.clone_from(requested);
                                compare_grant(&case, &record, text.as_deref(), &readings);
                                count += 1;
                            }
                        }
                    }
                },
            );
        }
    }
    count
}

#[test]
fn every_service_refresh_and_reference_grant_agrees() {
    let began = Instant::now();
    let mut count = 0;
    for readings in [Answer::Open, Answer::Yes, Answer::No].map(settled) {
        count += compare_services(readings) + compare_refreshes(readings);
    }
    count += compare_references(Readings::default());
    println!("{count} grants compared in {:?}", began.elapsed());
}

#[test]
fn every_sign_in_by_code_agrees() {
    let began = Instant::now();
    let count = compare_sign_ins(Readings::default(), "code");
    println!("{count} sign-ins compared in {:?}", began.elapsed());
}

#[test]
fn every_sign_in_by_code_and_id_token_agrees() {
    let began = Instant::now();
    let count = compare_sign_ins(Readings::default(), "hybrid");
    println!("{count} sign-ins compared in {:?}", began.elapsed());
}

/// AUTH-159, AUTH-161, AUTH-162, AUTH-164, AUTH-165, G07, G10: the parameters of a sign-in, all of them.
#[test]
fn every_combination_of_sign_in_parameters_agrees() {
    use erpnet_access::Verifier;
    let mut count = 0;
    for (client, hybrid) in product(&["Confidential", "Public"], &["code", "hybrid"]) {
        for pkce in [Pkce::S256, Pkce::Plain, Pkce::Absent] {
            for mode in [
                ResponseMode::Absent,
                ResponseMode::Query,
                ResponseMode::Fragment,
                ResponseMode::FormPost,
            ] {
                for reading in [
                    ConfidentialResponse::Either,
                    ConfidentialResponse::Code,
                    ConfidentialResponse::CodeIdToken,
                ] {
                    flags(|[nonce, fits]| {
                        let hash = if client == "Public" { "" } else { "good" };
                        let record = record_of(&Case {
                            client,
                            hash,
                            ..Case::new("code")
                        });
                        let base = GrantRequest::authorization_code(
                            "com.example/app",
                            "https://app.example/cb",
                            "openid read",
                        );
                        let sent = if client == "Public" {
                            Credential::Absent
                        } else {
                            Credential::Hash(SecretHash::from_bytes(GOOD))
                        };
                        let request = GrantRequest {
                            grant: if hybrid == "hybrid" {
                                Grant::Hybrid
                            } else {
                                Grant::AuthorizationCode
                            },
                            pkce,
                            response_mode: mode,
                            nonce,
                            verifier: if fits {
                                Verifier::Fits
                            } else {
                                Verifier::Differs
                            },
                            ..base
                        }
                        .with_credential(sent);
                        let readings = Readings {
                            confidential_response: reading,
                            ..Readings::default()
                        };
                        let decision =
                            evaluate_grant(&record, &request, &UserFacts::internal(), &readings);
                        let hybrid = hybrid == "hybrid";
                        let other = match reading {
                            ConfidentialResponse::Either => false,
                            ConfidentialResponse::Code => hybrid,
                            ConfidentialResponse::CodeIdToken => !hybrid,
                        };
                        let (verdict, error) = first(&[
                            (client == "Public" && hybrid, U, ""),
                            (client == "Confidential" && other, D, "unauthorized_client"),
                            (hybrid && mode == ResponseMode::Query, D, "invalid_request"),
                            (
                                pkce == Pkce::Plain || pkce == Pkce::Absent && client == "Public",
                                D,
                                "invalid_request",
                            ),
                            (hybrid && !nonce, D, "invalid_request"),
                            (!fits, D, "invalid_grant"),
                        ]);
                        let got = decision.error().map_or("", |error| error.code());
                        assert_eq!((verdict, error), (decision.verdict, got), "{request:?}");
                        count += 1;
                    });
                }
            }
        }
    }
    println!("{count} sets of sign-in parameters compared");
}
