//! What holds for every decision, whatever the input. `Deny < Unknown < Allow`.

use erpnet_access::record::{HashText, RedirectList, SystemUser};
use erpnet_access::{
    Answer, ApplicationState, Audiences, CallCheck, CallFacts, Carrier, Change, ClientType,
    Credential, Grant, GrantCase, GrantRequest, Issuer, Operation, Pkce, PreparedCalls, Proof,
    Readings, ReferenceTokenPolicy, Remedy, ResponseMode, ScopeFlags, TokenKind,
    TrustedApplication, UserFacts, UserType, Verdict, Verifier, check_call, evaluate_call,
    evaluate_grant, explain_call, explain_grant,
};
use erpnet_types::{SecretHash, Timestamp};
use proptest::prelude::*;

const NAMES: [&str; 9] = [
    "read",
    "update",
    "openid",
    "profile",
    "offline_access",
    "sec",
    "DomainApi",
    "crm",
    "Read",
];

fn one_of<T: Clone + std::fmt::Debug + 'static>(values: &[T]) -> impl Strategy<Value = T> + use<T> {
    proptest::sample::select(values.to_vec())
}

fn answers() -> impl Strategy<Value = Readings> {
    proptest::collection::vec(one_of(&[Answer::Open, Answer::Yes, Answer::No]), 10).prop_map(|a| {
        Readings {
            public_refresh: a[0],
            refresh_slides: a[1],
            public_hybrid: a[2],
            update_implies_read: a[3],
            sat_under_authenticated_users: a[4],
            jwt_survives_disabling: a[5],
            legacy_audience: a[6],
            legacy_scope: a[7],
            me_without_profile: a[8],
            public_secret_accepted: a[9],
            ..Readings::default()
        }
    })
}

const NOW: i64 = 1_766_505_200;

fn facts() -> impl Strategy<Value = CallFacts> {
    let at = |offset: i64| Timestamp::from_unix_seconds(NOW + offset);
    let times = proptest::option::of((-5000_i64..5000).prop_map(at));
    (
        one_of(&TokenKind::ALL),
        one_of(&[
            Carrier::Bearer,
            Carrier::Bearer,
            Carrier::ApiKey,
            Carrier::Both,
        ]),
        one_of(&[
            Issuer::ThisInstance,
            Issuer::ThisInstance,
            Issuer::OtherInstance,
            Issuer::Global,
            Issuer::NotStated,
        ]),
        proptest::option::of((0_u8..32).prop_map(Audiences::from_bits)),
        proptest::option::of(any::<u8>().prop_map(ScopeFlags::from_bits)),
        one_of(&UserType::ALL),
        one_of(&[
            ApplicationState::NotStated,
            ApplicationState::Enabled,
            ApplicationState::Disabled,
        ]),
        times.clone(),
        times,
    )
        .prop_map(
            |(kind, carrier, issuer, audiences, scopes, user, application, not_before, expires)| {
                CallFacts {
                    kind,
                    carrier,
                    issuer,
                    audiences,
                    scopes,
                    user,
                    application,
                    not_before,
                    expires,
                }
            },
        )
}

fn scope_text() -> impl Strategy<Value = String> {
    proptest::collection::vec(one_of(&NAMES), 0..5).prop_map(|names| names.join(" "))
}

fn record() -> impl Strategy<Value = TrustedApplication> {
    let hash = one_of(&[
        None,
        Some(HashText::from(SecretHash::from_bytes([7; 32]))),
        Some(HashText::new("0707")),
    ]);
    let redirects = [
        "",
        "https://app.example/cb",
        "https://app.example/cb,https://b.example/x",
        " https://app.example/cb",
    ];
    (
        proptest::collection::vec(any::<bool>(), 5),
        one_of(ClientType::ALL),
        hash,
        one_of(&redirects),
        scope_text(),
        one_of(ReferenceTokenPolicy::ALL),
    )
        .prop_map(|(flags, client_type, hash, redirects, scope, policy)| {
            let mut record = TrustedApplication::new("com.example/app");
            record.is_enabled = flags[0];
            record.impersonate_as_internal_user_allowed = flags[1];
            record.impersonate_as_community_user_allowed = flags[2];
            record.system_user_allowed = flags[3];
            record.system_user =
                flags[4].then(|| SystemUser::by_id("cc314327-3d04-477f-ac53-cde19d8350e9"));
            record.client_type = client_type;
            record.application_secret_hash = hash;
            record.impersonate_login_url = RedirectList::new(redirects);
            record.scope = scope;
            record.reference_tokens = policy;
            record
        })
}

fn request() -> impl Strategy<Value = GrantRequest<'static>> {
    let hash = SecretHash::from_bytes;
    let sent = [
        Credential::Absent,
        Credential::Unverified,
        Credential::Hash(hash([7; 32])),
        Credential::Hash(hash([8; 32])),
    ];
    let ids = [
        "com.example/app",
        "com.example/app",
        "Com.example/app",
        "com.example/app-service",
        "",
    ];
    let uris = [
        "https://app.example/cb",
        "https://app.example/cb/",
        "https://a,b",
        "",
    ];
    (
        (
            one_of(&Grant::ALL),
            one_of(&ids),
            one_of(&sent),
            one_of(&uris),
            proptest::option::of(scope_text()),
        ),
        (
            one_of(&[Pkce::S256, Pkce::Plain, Pkce::Absent]),
            one_of(&[
                ResponseMode::Absent,
                ResponseMode::Query,
                ResponseMode::FormPost,
            ]),
            one_of(&[Proof::Live, Proof::Expired, Proof::Unverified]),
            proptest::collection::vec(any::<bool>(), 5),
            proptest::option::of(
                (0_u64..800).prop_map(|hours| std::time::Duration::from_secs(hours * 3600)),
            ),
        ),
    )
        .prop_map(
            |(
                (grant, id, credential, uri, scope),
                (pkce, response_mode, proof, flags, sign_in_age),
            )| {
                let base = GrantRequest::authorization_code(id, uri, "");
                GrantRequest {
                    grant,
                    credential,
                    scope: scope.map(Into::into),
                    pkce,
                    response_mode,
                    proof,
                    nonce: flags[0],
                    verifier: if flags[1] {
                        Verifier::Fits
                    } else {
                        Verifier::Differs
                    },
                    silent: flags[2],
                    expiry_chosen: flags[3],
                    secret_requested: flags[4],
                    sign_in_age,
                    ..base
                }
            },
        )
}

fn user() -> impl Strategy<Value = UserFacts> {
    (
        one_of(&UserType::ALL),
        proptest::collection::vec(any::<bool>(), 4),
    )
        .prop_map(|(kind, flags)| UserFacts {
            kind,
            is_admin: flags[0],
            is_active: flags[1],
            consents: flags[2],
            signed_in: flags[3],
        })
}

/// What a person can change about a call, for the search over all sets of changes.
fn call_changes(facts: &CallFacts) -> Vec<Change> {
    let scopes = facts.scopes.unwrap_or_default();
    let mut all = vec![
        Change::UseToken(TokenKind::User),
        Change::UseToken(TokenKind::Service),
        Change::SendAsBearer,
        Change::UseInstanceAuthority,
        Change::RenewToken,
        Change::StateUser,
        Change::StateScopes,
        Change::StateKind,
        Change::UseInternalUser,
        Change::Enable,
    ];
    for wanted in [
        ScopeFlags::READ,
        ScopeFlags::UPDATE,
        ScopeFlags::OPENID | ScopeFlags::PROFILE,
    ] {
        all.push(Change::RequestScopes(wanted.without(scopes)));
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    /// Removing a granted scope never raises.
    #[test]
    fn fewer_granted_scopes_never_raise(facts in facts(), operation in one_of(&Operation::ALL), lost in any::<u8>(), readings in answers()) {
        let now = Timestamp::from_unix_seconds(NOW);
        let fewer = CallFacts {
            scopes: facts.scopes.map(|scopes| scopes.without(ScopeFlags::from_bits(lost))),
            ..facts
        };
        let before = evaluate_call(&facts, operation, now, &readings).verdict;
        prop_assert!(evaluate_call(&fewer, operation, now, &readings).verdict <= before);
    }

    /// AUTH-124: disabling never raises.
    #[test]
    fn disabling_never_raises(facts in facts(), operation in one_of(&Operation::ALL), readings in answers()) {
        let now = Timestamp::from_unix_seconds(NOW);
        let disabled = CallFacts { application: ApplicationState::Disabled, ..facts };
        let before = evaluate_call(&facts, operation, now, &readings).verdict;
        prop_assert!(evaluate_call(&disabled, operation, now, &readings).verdict <= before);
    }

    /// Moving time forward from `nbf` never raises.
    #[test]
    fn time_never_raises(facts in facts(), operation in one_of(&Operation::ALL), from in 0_i64..9000, more in 0_i64..9000, readings in answers()) {
        let start = facts.not_before.unwrap_or(Timestamp::from_unix_seconds(NOW));
        let (early, late) = (start.shifted(from * 1000), start.shifted((from + more) * 1000));
        let before = evaluate_call(&facts, operation, early, &readings).verdict;
        prop_assert!(evaluate_call(&facts, operation, late, &readings).verdict <= before);
    }

    /// What is prepared once says what is decided each time, at any instant, with its rule and its check.
    #[test]
    fn prepared_calls_decide_alike(facts in facts(), skew in any::<u32>(), now in prop_oneof![(NOW - 6000) * 1000..(NOW + 6000) * 1000, any::<i64>(), Just(i64::MAX), Just(i64::MIN)], readings in answers()) {
        let readings = Readings { clock_skew_seconds: if skew % 2 == 0 { 60 } else { skew }, ..readings };
        let now = Timestamp::from_unix_millis(now);
        let calls = PreparedCalls::new(&facts, &readings);
        for operation in Operation::ALL {
            prop_assert_eq!(calls.decide(operation, now), evaluate_call(&facts, operation, now, &readings));
        }
    }

    /// AUTH-135: neither order nor repetition of scopes matters.
    #[test]
    fn order_of_scopes_does_not_matter(names in proptest::collection::vec(one_of(&NAMES), 0..6), record in record(), mut request in request(), user in user()) {
        let readings = Readings::default();
        let mut backwards = names.clone();
        backwards.reverse();
        backwards.extend(names.first().copied());
        prop_assert_eq!(ScopeFlags::from_text(&names.join(" ")), ScopeFlags::from_text(&backwards.join(" ")));
        request.scope = Some(names.join(" ").into());
        let one = evaluate_grant(&record, &request, &user, &readings);
        request.scope = Some(backwards.join("  ").into());
        prop_assert_eq!(one, evaluate_grant(&record, &request, &user, &readings));
        let mut turned = record.clone();
        turned.scope = record.scope.split(' ').rev().collect::<Vec<_>>().join(" ");
        prop_assert_eq!(one, evaluate_grant(&turned, &request, &user, &readings));
    }

    /// Removing a configured scope never raises.
    #[test]
    fn fewer_configured_scopes_never_raise(record in record(), request in request(), user in user(), which in 0_usize..5, readings in answers()) {
        let mut fewer = record.clone();
        let mut names: Vec<&str> = record.scope_names().collect();
        if which < names.len() {
            let gone = names[which];
            names.retain(|name| *name != gone);
        }
        fewer.scope = names.join(" ");
        let before = evaluate_grant(&record, &request, &user, &readings).verdict;
        prop_assert!(evaluate_grant(&fewer, &request, &user, &readings).verdict <= before);
    }

    /// Clearing an enabling flag never raises.
    #[test]
    fn clearing_a_flag_never_raises(record in record(), request in request(), user in user(), readings in answers()) {
        let before = evaluate_grant(&record, &request, &user, &readings).verdict;
        let clear: [fn(&mut TrustedApplication); 6] = [
            |record| record.is_enabled = false,
            |record| record.impersonate_as_internal_user_allowed = false,
            |record| record.impersonate_as_community_user_allowed = false,
            |record| record.system_user_allowed = false,
            |record| record.system_user = None,
            |record| record.impersonate_login_url = RedirectList::default(),
        ];
        for clear in clear {
            let mut cleared = record.clone();
            clear(&mut cleared);
            prop_assert!(evaluate_grant(&cleared, &request, &user, &readings).verdict <= before);
        }
    }

    /// Every answer below `Allow` has a reason of the same verdict and rule, and changes that raise it or the
    /// statement that there are none.
    #[test]
    fn every_refused_call_has_a_reason_and_a_remedy(facts in facts(), operation in one_of(&Operation::ALL), readings in answers()) {
        let now = Timestamp::from_unix_seconds(NOW);
        let decision = evaluate_call(&facts, operation, now, &readings);
        let why = explain_call(&facts, operation, now, &readings, None);
        prop_assert_eq!((why.verdict, why.rule), (decision.verdict, decision.rule));
        let decisive = why.decisive();
        prop_assert!(decisive.is_some_and(|reason| !reason.text.is_empty()), "{why}");
        match why.remedy {
            Remedy::NotNeeded => prop_assert_eq!(decision.verdict, Verdict::Allow),
            Remedy::NoneExists { because } => {
                prop_assert!(decision.verdict < Verdict::Allow && !because.is_empty());
            }
            Remedy::Changes { changes, reaches } => {
                let after = changes.iter().fold(facts, |facts, change| facts.after(change, now));
                let verdict = evaluate_call(&after, operation, now, &readings).verdict;
                prop_assert_eq!(verdict, reaches);
                prop_assert!(verdict > decision.verdict);
            }
        }
    }

    /// The same for grants.
    #[test]
    fn every_refused_grant_has_a_reason_and_a_remedy(record in record(), request in request(), user in user(), readings in answers()) {
        let decision = evaluate_grant(&record, &request, &user, &readings);
        let why = explain_grant(&record, &request, &user, &readings);
        prop_assert_eq!((why.verdict, why.rule), (decision.verdict, decision.rule));
        if decision.verdict < Verdict::Allow {
            prop_assert_eq!(why.decisive().map(|reason| reason.rule), Some(decision.rule));
        }
        match why.remedy {
            Remedy::NotNeeded => prop_assert_eq!(decision.verdict, Verdict::Allow),
            Remedy::NoneExists { because } => {
                prop_assert!(decision.verdict < Verdict::Allow && !because.is_empty());
            }
            Remedy::Changes { changes, reaches } => {
                let mut case = GrantCase::new(&record, &request, &user);
                changes.iter().for_each(|change| case.apply(change));
                let after = case.evaluate(&readings);
                prop_assert_eq!(after.verdict, reaches);
                prop_assert!(after.verdict > decision.verdict);
                // Every change is needed: without it, the answer is lower.
                for skipped in 0..changes.len() {
                    let mut case = GrantCase::new(&record, &request, &user);
                    changes.iter().enumerate().filter(|(i, _)| *i != skipped).for_each(|(_, change)| case.apply(change));
                    prop_assert!(case.evaluate(&readings).verdict < reaches, "{} is not needed: {changes:?}", changes[skipped]);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(250))]

    /// No smaller set of changes does as much: compared with all sets.
    #[test]
    fn remedies_of_calls_are_the_smallest(facts in facts(), operation in one_of(&Operation::ALL), readings in answers()) {
        let now = Timestamp::from_unix_seconds(NOW);
        let start = evaluate_call(&facts, operation, now, &readings).verdict;
        prop_assume!(start < Verdict::Allow);
        let all = call_changes(&facts);
        let mut smallest = [None::<u32>; 3];
        for bits in 1_u32..1 << all.len() {
            let size = bits.count_ones();
            let chosen = all.iter().enumerate().filter(|(index, _)| bits >> index & 1 == 1);
            let after = chosen.fold(facts, |facts, (_, change)| facts.after(change, now));
            let verdict = evaluate_call(&after, operation, now, &readings).verdict;
            let best = &mut smallest[verdict as usize];
            *best = Some(best.map_or(size, |best| best.min(size)));
        }
        let best = [Verdict::Allow, Verdict::Unknown].into_iter().find(|v| *v > start && smallest[*v as usize].is_some());
        match explain_call(&facts, operation, now, &readings, None).remedy {
            Remedy::Changes { changes, reaches } => {
                prop_assert_eq!(Some(reaches), best, "{:?} {:?}", facts, operation);
                let size = u32::try_from(changes.len()).unwrap();
                prop_assert!(Some(size) <= smallest[reaches as usize], "{:?} of {:?} for {:?} {}", changes, smallest, facts, operation);
            }
            _ => prop_assert_eq!(best, None, "{:?} {}", facts, operation),
        }
    }
}

#[test]
fn the_decision_is_the_lowest_of_its_checks() {
    let now = Timestamp::from_unix_seconds(NOW);
    let readings = Readings::default();
    for kind in TokenKind::ALL {
        for user in UserType::ALL {
            for operation in Operation::ALL {
                for bits in 0..=255 {
                    let scopes = ScopeFlags::from_bits(bits);
                    let facts = CallFacts {
                        kind,
                        user,
                        ..CallFacts::user(scopes, now)
                    };
                    let decision = evaluate_call(&facts, operation, now, &readings);
                    let lowest = CallCheck::ALL
                        .into_iter()
                        .map(|check| check_call(check, &facts, operation, now, &readings).verdict)
                        .min();
                    assert_eq!(Some(decision.verdict), lowest);
                }
            }
        }
    }
}
