//! The decision table of section 4, row by row, and that what is advised is what is granted.

use erpnet_access::record::SystemUser;
use erpnet_access::{
    ActsAs, ApiNeed, ApplicationType, AuthorityChoice, Credential, Flow, Goal, GrantRequest,
    LegacyActor, LegacyScheme, LegacySetup, Preset, Readings, ReferenceTokenPolicy, ScopeFlags,
    TrustedApplication, UserFacts, Verdict, advise, evaluate_grant, migrate,
};
use erpnet_types::SecretHash;

const HASH: SecretHash = SecretHash::from_bytes([7; 32]);

#[test]
fn auth_091_055_098_101_102_the_decision_table() {
    let calls = Goal::calls(ApiNeed::Read);
    let sign_in = Goal {
        signs_users_in: true,
        ..calls
    };
    for (goal, application, authority) in [
        (sign_in, ApplicationType::Spa, AuthorityChoice::Instance),
        (
            Goal {
                has_backend: true,
                ..sign_in
            },
            ApplicationType::Web,
            AuthorityChoice::Instance,
        ),
        (
            Goal {
                has_backend: true,
                external_users: true,
                ..sign_in
            },
            ApplicationType::Portal,
            AuthorityChoice::Instance,
        ),
        (
            Goal {
                has_backend: true,
                unattended: true,
                ..sign_in
            },
            ApplicationType::Hybrid,
            AuthorityChoice::Instance,
        ),
        (
            Goal {
                has_backend: true,
                unattended: true,
                ..calls
            },
            ApplicationType::Service,
            AuthorityChoice::Instance,
        ),
        (
            Goal {
                unattended: true,
                oauth_practical: false,
                ..calls
            },
            ApplicationType::AutomationService,
            AuthorityChoice::Instance,
        ),
        (
            Goal {
                unattended: true,
                calls_as: ActsAs::User,
                ..calls
            },
            ApplicationType::AutomationPersonal,
            AuthorityChoice::Instance,
        ),
        (
            Goal {
                has_backend: true,
                unattended: true,
                bulk: true,
                ..calls
            },
            ApplicationType::Service,
            AuthorityChoice::Instance,
        ),
        (
            Goal {
                signs_users_in: true,
                has_backend: true,
                ..Goal::calls(ApiNeed::None)
            },
            ApplicationType::GlobalSignIn,
            AuthorityChoice::Global,
        ),
    ] {
        let plan = advise(&goal);
        assert_eq!(
            (plan.application, plan.authority),
            (application, authority),
            "{goal:?}"
        );
        assert!(
            !plan.reasons.is_empty() && plan.conflicts.is_empty(),
            "{plan}"
        );
    }
}

#[test]
fn auth_050_092_152_for_every_goal() {
    let mut count = 0;
    for bits in 0..1_u32 << 7 {
        let on = |bit: u32| bits >> bit & 1 == 1;
        for api in [ApiNeed::None, ApiNeed::Read, ApiNeed::ReadWrite] {
            for calls_as in [ActsAs::Either, ActsAs::User, ActsAs::Application] {
                let goal = Goal {
                    signs_users_in: on(0),
                    has_backend: on(1),
                    unattended: on(2),
                    external_users: on(3),
                    api,
                    calls_as,
                    oauth_practical: on(4),
                    bulk: on(5),
                    stays_signed_in: on(6),
                };
                let plan = advise(&goal);
                let global = plan.authority == AuthorityChoice::Global;
                if global {
                    assert!(
                        !plan.sign_in_scopes.intersects(ScopeFlags::RESOURCE),
                        "AUTH-050"
                    );
                    assert!(plan.api_tokens.is_empty(), "AUTH-040");
                }
                if goal.signs_users_in && goal.external_users && api != ApiNeed::None {
                    assert_eq!(
                        plan.sign_in_scopes.to_string(),
                        "openid profile",
                        "AUTH-152"
                    );
                }
                if !plan.flows.contains(&Flow::AuthorizationCode)
                    && !plan.flows.contains(&Flow::CodeIdToken)
                {
                    assert!(plan.sign_in_scopes.is_empty());
                }
                assert!(
                    !plan.service_scopes.intersects(ScopeFlags::PROTOCOL),
                    "AUTH-138"
                );
                assert!(!plan.reasons.is_empty() && !plan.to_string().is_empty());
                count += 1;
            }
        }
    }
    assert_eq!(count, 1152);
}

/// What the presets register, the identity service grants.
#[test]
fn presets_get_what_they_are_for() {
    let (uri, cb) = ("com.example/app", "https://app.example/cb");
    let user = || SystemUser::by_id("cc314327-3d04-477f-ac53-cde19d8350e9");
    let grants = |record: &TrustedApplication, request: GrantRequest<'_>, user: UserFacts| {
        evaluate_grant(record, &request, &user, &Readings::default()).verdict
    };
    let sent = Credential::Hash(HASH);
    let spa = Preset::spa(uri, cb).writes().record();
    let code = GrantRequest::authorization_code(uri, cb, "openid profile read update");
    assert_eq!(
        grants(&spa, code.clone(), UserFacts::internal()),
        Verdict::Allow
    );
    assert_eq!(grants(&spa, code, UserFacts::external()), Verdict::Deny);
    let portal = Preset::portal(uri, HASH, cb, user())
        .with_external_users()
        .record();
    let identity = GrantRequest::hybrid(uri, cb, "openid profile").with_credential(sent);
    assert_eq!(
        grants(&portal, identity, UserFacts::external()),
        Verdict::Allow
    );
    let own = GrantRequest::client_credentials(uri, "read").with_credential(sent);
    assert_eq!(grants(&portal, own, UserFacts::none()), Verdict::Allow);
    let pat = Preset::automation_personal(uri).record();
    let issue = GrantRequest::personal_token(uri, "read");
    assert_eq!(
        grants(&pat, issue.clone(), UserFacts::administrator()),
        Verdict::Allow
    );
    assert_eq!(
        grants(&pat, issue.clone(), UserFacts::internal()),
        Verdict::Deny
    );
    let anybody = Preset::automation_personal(uri).any_user_issues().record();
    assert_eq!(
        anybody.reference_tokens,
        ReferenceTokenPolicy::AuthenticatedUsers
    );
    assert_eq!(
        grants(&anybody, issue, UserFacts::internal()),
        Verdict::Allow
    );
    let sat = Preset::automation_service(uri, HASH, user()).record();
    let issue = GrantRequest::service_token(uri, "read");
    assert_eq!(
        grants(&sat, issue, UserFacts::administrator()),
        Verdict::Allow
    );
}

#[test]
fn auth_211_g14_g15_g16_g18_g22_switches() {
    let (uri, cb) = ("com.example/app", "https://app.example/cb");
    let user = SystemUser::by_id("cc314327-3d04-477f-ac53-cde19d8350e9");
    let dual = Preset::hybrid(uri, HASH, cb, user.clone()).record();
    let decide = |record: &TrustedApplication, request: &GrantRequest<'_>, readings: Readings| {
        evaluate_grant(record, request, &UserFacts::internal(), &readings).to_string()
    };
    let plain = Readings::default();
    let own =
        |id| GrantRequest::client_credentials(id, "read").with_credential(Credential::Hash(HASH));
    let suffix = Readings {
        service_suffix: true,
        ..plain
    };
    assert_eq!(
        decide(&dual, &own("com.example/app-service"), suffix),
        "allow: `read` (AUTH-142)"
    );
    assert_eq!(
        decide(&dual, &own(uri), suffix),
        "deny: `invalid_client` at the token endpoint (G18)"
    );
    assert_eq!(
        decide(&dual, &own("com.example/app-service"), plain),
        "deny: `invalid_client` at the token endpoint (AUTH-110)"
    );
    let service = Preset::service(uri, HASH, user).record();
    let flag = Readings {
        service_needs_internal_flag: true,
        ..plain
    };
    assert_eq!(
        decide(&service, &own(uri), plain),
        "allow: `read` (AUTH-142)"
    );
    assert_eq!(
        decide(&service, &own(uri), flag),
        "deny: `unauthorized_client` at the token endpoint (G16)"
    );
    let listed = Readings {
        protocol_scopes_listed: true,
        ..plain
    };
    let sign_in =
        GrantRequest::hybrid(uri, cb, "openid read").with_credential(Credential::Hash(HASH));
    assert!(decide(&dual, &sign_in, plain).starts_with("allow"));
    assert!(
        decide(&dual, &sign_in, listed).contains("`invalid_scope`")
            && decide(&dual, &sign_in, listed).contains("G22")
    );
    let case = GrantRequest::hybrid(uri, "https://app.example/CB", "openid read")
        .with_credential(Credential::Hash(HASH));
    let loose = Readings {
        redirect_case_sensitive: false,
        ..plain
    };
    assert!(
        decide(&dual, &case, plain).contains("without a callback")
            && decide(&dual, &case, loose).starts_with("allow")
    );
}

#[test]
fn auth_391_392_migrations() {
    let setup = LegacySetup {
        scheme: LegacyScheme::Basic,
        actor: LegacyActor::Backend,
        user: "integration",
        app: None,
        lang: None,
        cycles_sessions: false,
        writes: true,
    };
    for (actor, application) in [
        (LegacyActor::Backend, ApplicationType::Service),
        (
            LegacyActor::NamedPerson,
            ApplicationType::AutomationPersonal,
        ),
        (LegacyActor::PromptedUsers, ApplicationType::Web),
        (LegacyActor::BiTool, ApplicationType::AutomationService),
    ] {
        let migration = migrate(&LegacySetup { actor, ..setup });
        assert_eq!(migration.target.application, application);
        assert_eq!(migration.steps.len(), 6);
        assert!(migration.to_string().contains("in this order"));
    }
    let erp = LegacySetup {
        scheme: LegacyScheme::ErpLogin,
        app: Some("MYAPP"),
        lang: Some("bg"),
        cycles_sessions: true,
        ..setup
    };
    let text = migrate(&erp).to_string();
    for part in [
        "MYAPP",
        "Accept-Language: bg",
        "ErpSession",
        "AUTH-388",
        "6. disable interactive login",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}
