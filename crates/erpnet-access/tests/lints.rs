//! Every lint speaks when it should, and stays silent about good records.

use std::collections::BTreeSet;

use erpnet_access::lint::{
    CallbackHandler, Environment, InstallLink, IssuedToken, LINTS, LintContext, Purpose,
    RegisteredApplication, SystemUserFacts, lint_set,
};
use erpnet_access::record::{HashText, RedirectList, SystemUser};
use erpnet_access::{
    ClientType, Preset, ReferenceTokenPolicy, ScopeFlags, Severity, TokenKind, TrustedApplication,
    lint,
};
use erpnet_types::{SecretHash, Timestamp};

const HASH: SecretHash = SecretHash::from_bytes([7; 32]);

fn user() -> SystemUser {
    SystemUser::by_id("cc314327-3d04-477f-ac53-cde19d8350e9")
}

fn presets() -> Vec<TrustedApplication> {
    let (uri, cb) = ("com.example/app", "https://app.example/cb");
    [
        Preset::spa(uri, cb),
        Preset::spa(uri, "myapp://callback").also_redirects("http://127.0.0.1:5000/cb"),
        Preset::web(uri, HASH, cb).logout("https://app.example/"),
        Preset::portal(uri, HASH, cb, user()).with_external_users(),
        Preset::hybrid(uri, HASH, cb, user())
            .with_external_users()
            .writes(),
        Preset::service(uri, HASH, user()).writes(),
        Preset::automation_personal(uri),
        Preset::automation_service(uri, HASH, user()),
        Preset::global_sign_in(uri, HASH, cb),
    ]
    .map(Preset::record)
    .to_vec()
}

#[test]
fn auth_108_presets_pass_their_own_lints_and_survive_json() {
    for record in presets() {
        assert_eq!(lint(&record, &LintContext::default()), [], "{record:?}");
        let parsed = TrustedApplication::from_json(record.to_json());
        assert_eq!(
            (parsed.problems.as_slice(), &parsed.record),
            ([].as_slice(), &record)
        );
    }
}

/// Records and contexts, each wrong in its own way.
fn bad() -> Vec<(u16, TrustedApplication, LintContext<'static>)> {
    let plain = LintContext::default();
    let cb = "https://app.example/cb";
    let spa = || Preset::spa("com.example/app", cb).record();
    let web = || Preset::web("com.example/app", HASH, cb).record();
    let service = || Preset::service("com.example/app", HASH, user()).record();
    let with = |mut record: TrustedApplication, change: fn(&mut TrustedApplication)| {
        change(&mut record);
        record
    };
    let now = Timestamp::from_unix_seconds(1_766_505_200);
    let token = IssuedToken {
        kind: TokenKind::Personal,
        last_used: Some(now),
        expires: None,
    };
    let tokens: &'static [IssuedToken] = Box::leak(Box::new([token]));
    let link = InstallLink {
        client_type: Some(ClientType::Public),
        ..InstallLink::default()
    };
    vec![
        (
            1,
            with(spa(), |r| {
                r.application_secret_hash = Some(HashText::from(HASH));
            }),
            plain,
        ),
        (2, with(web(), |r| r.application_secret_hash = None), plain),
        (
            3,
            with(web(), |r| {
                r.application_secret_hash = Some(HashText::new(&"ab".repeat(32)));
            }),
            plain,
        ),
        (
            4,
            with(web(), |r| {
                r.application_secret_hash = Some(HashText::new(
                    "ZSx9xofZjJiJME7S5AjHS2EehqQMqlHEtD8d1ZE8XNA=",
                ));
            }),
            plain,
        ),
        (5, with(service(), |r| r.system_user = None), plain),
        (6, with(service(), |r| r.system_user_allowed = false), plain),
        (
            7,
            with(service(), |r| r.client_type = ClientType::Public),
            plain,
        ),
        (
            8,
            service(),
            LintContext {
                system_user: Some(SystemUserFacts {
                    is_administrator: true,
                    is_interactive: false,
                }),
                ..plain
            },
        ),
        (
            9,
            with(web(), |r| r.impersonate_login_url = RedirectList::default()),
            plain,
        ),
        (
            10,
            with(web(), |r| r.impersonate_as_internal_user_allowed = false),
            plain,
        ),
        (
            11,
            with(web(), |r| {
                r.impersonate_as_internal_user_allowed = false;
                r.impersonate_as_community_user_allowed = true;
            }),
            plain,
        ),
        (
            12,
            with(web(), |r| {
                r.impersonate_login_url = RedirectList::new("https://*.example/cb");
            }),
            plain,
        ),
        (
            13,
            with(web(), |r| {
                r.impersonate_login_url = RedirectList::new("http://app.example/cb");
            }),
            plain,
        ),
        (
            14,
            with(web(), |r| {
                r.impersonate_logout_url = RedirectList::new("http://localhost/");
            }),
            plain,
        ),
        (
            15,
            with(web(), |r| {
                r.impersonate_logout_url =
                    RedirectList::new("https://a.example/, https://b.example/");
            }),
            plain,
        ),
        (
            16,
            with(web(), |r| {
                r.impersonate_login_url =
                    RedirectList::new(format!("https://a.example/{}", "x".repeat(400)));
            }),
            plain,
        ),
        (17, with(web(), |r| r.scope = "read sec".to_owned()), plain),
        (
            18,
            with(web(), |r| r.scope = "read DomainApi".to_owned()),
            plain,
        ),
        (
            19,
            with(service(), |r| r.scope = "read update".to_owned()),
            LintContext {
                purpose: Purpose::ReadOnly,
                ..plain
            },
        ),
        (20, with(service(), |r| r.scope.clear()), plain),
        (21, with(web(), |r| r.scope = "Read".to_owned()), plain),
        (
            22,
            with(service(), |r| {
                r.reference_tokens = ReferenceTokenPolicy::AuthenticatedUsers;
            }),
            plain,
        ),
        (
            23,
            with(service(), |r| {
                r.reference_tokens = ReferenceTokenPolicy::AdministratorsOnly;
            }),
            LintContext {
                tokens: Some(&[]),
                ..plain
            },
        ),
        (
            24,
            with(web(), |r| r.basic_authentication_allowed = true),
            plain,
        ),
        (25, with(web(), |r| r.is_enabled = false), plain),
        (
            26,
            with(web(), |r| r.application_uri = "my app".to_owned()),
            plain,
        ),
        (
            27,
            web(),
            LintContext {
                purpose: Purpose::Service,
                ..plain
            },
        ),
        (
            29,
            with(web(), |r| r.impersonate_as_community_user_allowed = true),
            LintContext {
                sign_in_scopes: Some(ScopeFlags::READ),
                ..plain
            },
        ),
        (
            30,
            web(),
            LintContext {
                handler: Some(CallbackHandler {
                    webhook_path: "/cb",
                    takes_sign_ins: true,
                    takes_events: false,
                }),
                ..plain
            },
        ),
        (
            31,
            web(),
            LintContext {
                tokens: Some(&[]),
                now: Some(now),
                ..plain
            },
        ),
        (
            32,
            spa(),
            LintContext {
                install_link: Some(link),
                ..plain
            },
        ),
        (
            33,
            with(service(), |r| {
                r.reference_tokens = ReferenceTokenPolicy::AdministratorsOnly;
            }),
            LintContext {
                tokens: Some(tokens),
                now: Some(now),
                ..plain
            },
        ),
        (
            34,
            web(),
            LintContext {
                redirects_after_logout: true,
                ..plain
            },
        ),
    ]
}

#[test]
fn auth_133_every_lint_speaks_once_it_should() {
    let mut seen = BTreeSet::from([28]);
    for (number, record, context) in bad() {
        let found = lint(&record, &context);
        let id = format!("TA-L{number:02}");
        let mine = found.iter().find(|lint| lint.id.to_string() == id);
        let mine = mine.unwrap_or_else(|| panic!("{id} is silent: {found:?}"));
        let info = &LINTS[usize::from(number) - 1];
        assert_eq!((mine.id, mine.severity), (info.id, info.severity));
        assert!(!mine.reason.is_empty() && !mine.fix.is_empty());
        seen.insert(number);
    }
    assert_eq!(seen, (1..=34).collect(), "every lint has a case");
}

#[test]
fn ta_l28_test_and_production_apart() {
    let record = Preset::spa("com.example/app", "https://app.example/cb").record();
    let at = |place, environment| RegisteredApplication {
        place,
        environment,
        record: &record,
        context: LintContext::default(),
    };
    let (test, production) = (Some(Environment::Test), Some(Environment::Production));
    let count =
        |set: &[RegisteredApplication<'_>]| lint_set(set).iter().map(Vec::len).sum::<usize>();
    assert_eq!(count(&[at("a", production), at("b", test)]), 2);
    assert_eq!(count(&[at("a", production), at("b", production)]), 0);
    assert_eq!(count(&[at("a", production), at("b", None)]), 0);
}

#[test]
fn the_table_has_the_severities_of_the_rules() {
    let severity = |numbers: &[u16]| {
        numbers
            .iter()
            .map(|number| LINTS[usize::from(*number) - 1].severity)
            .collect::<BTreeSet<_>>()
    };
    let errors = [1, 2, 3, 4, 5, 7, 9, 12, 13, 16, 17, 24, 30, 32];
    let infos = [23, 25, 31];
    assert_eq!(severity(&errors), BTreeSet::from([Severity::Error]));
    assert_eq!(severity(&infos), BTreeSet::from([Severity::Info]));
    let rest: Vec<u16> = (1..=34)
        .filter(|n| !errors.contains(n) && !infos.contains(n))
        .collect();
    assert_eq!(severity(&rest), BTreeSet::from([Severity::Warning]));
}

#[test]
fn ta_l26_length_at_below_and_above() {
    for (length, silent) in [(99, true), (100, true), (101, false)] {
        let record = Preset::spa(&"x".repeat(length), "https://app.example/cb").record();
        assert_eq!(
            lint(&record, &LintContext::default()).is_empty(),
            silent,
            "{length}"
        );
    }
}

#[test]
fn ta_l04_no_lint_shows_a_hash() {
    for text in [
        "T/AGymuI51LwjLeIFxRQXOs9IHnupDKs/ajhWODR2C4=",
        "ZSx9xofZjJiJME7S5AjHS2EehqQMqlHEtD8d1ZE8XNA=",
        "K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols=",
        "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    ] {
        let mut record = Preset::web("com.example/app", HASH, "https://app.example/cb").record();
        record.application_secret_hash = Some(HashText::new(text));
        let found = lint(&record, &LintContext::default());
        assert_eq!(found[0].id.to_string(), "TA-L04");
        assert!(!format!("{found:?}").contains(text) && !found[0].to_string().contains(text));
    }
}
