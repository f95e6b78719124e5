//! The error catalogue, row by row, and what local evidence does to it.

use erpnet_access::record::{HashText, RedirectList, SystemUser};
use erpnet_access::{
    CallFacts, CauseId, Credential, DiagnosisContext, Endpoint, ErrorKind, Field, Grant, Issuer,
    OAuthError, Operation, Preset, ReceivedError, Retry, ScopeFlags, ServerVersion, Standing,
    TrustedApplication, diagnose,
};
use erpnet_types::{SecretHash, Timestamp};

const HASH: SecretHash = SecretHash::from_bytes([7; 32]);

fn service() -> TrustedApplication {
    let user = SystemUser::by_id("cc314327-3d04-477f-ac53-cde19d8350e9");
    Preset::service("com.example/job", HASH, user).record()
}

fn token_error(code: &'static str) -> ReceivedError<'static> {
    ReceivedError {
        code: Some(code),
        ..ReceivedError::at(Endpoint::Token, 400)
    }
}

#[test]
fn every_row_of_the_catalogue_has_causes() {
    let grants = Grant::ALL.into_iter().map(Some).chain([None]);
    for grant in grants {
        let context = DiagnosisContext {
            grant,
            ..DiagnosisContext::default()
        };
        for error in OAuthError::all() {
            for endpoint in [Endpoint::Authorize, Endpoint::Token] {
                let received = ReceivedError {
                    code: Some(error.code()),
                    ..ReceivedError::at(endpoint, 400)
                };
                let diagnosis = diagnose(&received, &context);
                assert!(!diagnosis.causes.is_empty(), "{error} {grant:?}");
                assert_eq!(diagnosis.retry, Retry::Never, "AUTH-227: {error}");
            }
        }
    }
    for (status, kind, retry) in [
        (401, ErrorKind::TokenRejected, Retry::OnceWithNewToken),
        (403, ErrorKind::Forbidden, Retry::Never),
        (429, ErrorKind::RateLimited, Retry::WithBackoff),
        (500, ErrorKind::Business, Retry::Never),
        (503, ErrorKind::Transport, Retry::WithBackoff),
        (418, ErrorKind::Config, Retry::Never),
    ] {
        let diagnosis = diagnose(
            &ReceivedError::at(Endpoint::Api, status),
            &DiagnosisContext::default(),
        );
        assert_eq!((diagnosis.kind, diagnosis.retry), (kind, retry), "{status}");
        assert!(diagnosis.first().is_some());
    }
    let write = DiagnosisContext {
        operation: Some(Operation::EntityWrite),
        ..DiagnosisContext::default()
    };
    let gateway = diagnose(&ReceivedError::at(Endpoint::Api, 502), &write);
    assert_eq!(
        (gateway.kind, gateway.retry),
        (ErrorKind::OutcomeUnknown, Retry::Never),
        "AUTH-280"
    );
}

#[test]
fn auth_226_340_invalid_client_lists_all_causes_and_rules_out_by_evidence() {
    let bare = diagnose(&token_error("invalid_client"), &DiagnosisContext::default());
    let ids: Vec<_> = bare.causes.iter().map(|cause| cause.id).collect();
    for id in [
        CauseId::WrongClientId,
        CauseId::PublicSendsSecret,
        CauseId::SecretMismatch,
        CauseId::Disabled,
        CauseId::WrongInstance,
    ] {
        assert!(ids.contains(&id), "{id:?}");
    }
    assert!(
        bare.causes
            .iter()
            .all(|cause| cause.standing == Standing::Possible)
    );

    let record = service();
    let context = DiagnosisContext {
        grant: Some(Grant::ClientCredentials),
        record: Some(&record),
        client_id: Some("com.example/job"),
        credential: Some(Credential::Hash(SecretHash::from_bytes([8; 32]))),
        ..DiagnosisContext::default()
    };
    let known = diagnose(&token_error("invalid_client"), &context);
    let first = known.first().unwrap();
    assert_eq!(
        (first.id, first.standing),
        (CauseId::SecretMismatch, Standing::Confirmed)
    );
    assert_eq!(first.fields, [Field::ApplicationSecretHash]);
    let out: Vec<_> = known.ruled_out.iter().map(|cause| cause.id).collect();
    for id in [
        CauseId::WrongClientId,
        CauseId::Disabled,
        CauseId::PublicSendsSecret,
        CauseId::ServiceSuffix,
    ] {
        assert!(out.contains(&id), "{id:?} {out:?}");
    }
    // AUTH-339: neither hash nor secret in any form.
    let shown = format!("{known}{known:?}");
    assert!(!shown.contains(&HASH.to_base64()));
}

#[test]
fn auth_337_g55_two_names_of_one_cause() {
    let mut record = Preset::web("com.example/app", HASH, "https://app.example/cb").record();
    fn context(record: &TrustedApplication) -> DiagnosisContext<'_> {
        DiagnosisContext {
            grant: Some(Grant::AuthorizationCode),
            record: Some(record),
            redirect_uri: Some("https://app.example/cb/"),
            ..DiagnosisContext::default()
        }
    }
    for code in ["invalid_redirect_uri", "invalid_request"] {
        let error = ReceivedError {
            code: Some(code),
            ..ReceivedError::at(Endpoint::Authorize, 400)
        };
        let diagnosis = diagnose(&error, &context(&record));
        let first = diagnosis.first().unwrap();
        assert_eq!(
            (first.id, first.standing),
            (CauseId::RedirectNotRegistered, Standing::Confirmed)
        );
        assert!(
            first.evidence.as_ref().unwrap().contains("nearly"),
            "{first:?}"
        );
    }
    record.impersonate_login_url = RedirectList::new("https://app.example/cb/");
    let error = ReceivedError {
        code: Some("invalid_request"),
        ..ReceivedError::at(Endpoint::Authorize, 400)
    };
    assert_ne!(
        diagnose(&error, &context(&record)).first().unwrap().id,
        CauseId::RedirectNotRegistered
    );
}

#[test]
fn auth_342_every_offending_scope_by_name() {
    let record = service();
    let context = DiagnosisContext {
        grant: Some(Grant::ClientCredentials),
        record: Some(&record),
        requested_scope: Some("read update Read offline_access"),
        ..DiagnosisContext::default()
    };
    let diagnosis = diagnose(&token_error("invalid_scope"), &context);
    let evidence = diagnosis.first().unwrap().evidence.clone().unwrap();
    for name in ["`update`", "`Read`", "`offline_access`"] {
        assert!(evidence.contains(name), "{evidence}");
    }
}

#[test]
fn auth_344_no_callback_starts_with_the_redirect() {
    let diagnosis = diagnose(&ReceivedError::no_callback(), &DiagnosisContext::default());
    assert_eq!(
        diagnosis.first().unwrap().id,
        CauseId::RedirectNotRegistered
    );
    assert!(diagnosis.needs_user);
}

#[test]
fn auth_053_wrong_authority_goes_first() {
    let now = Timestamp::from_unix_seconds(1_766_505_200);
    for issuer in [Issuer::Global, Issuer::OtherInstance] {
        let token = CallFacts {
            issuer,
            ..CallFacts::user(ScopeFlags::READ, now)
        };
        let context = DiagnosisContext {
            token: Some(&token),
            now: Some(now),
            ..DiagnosisContext::default()
        };
        for status in [401, 403] {
            let diagnosis = diagnose(&ReceivedError::at(Endpoint::Api, status), &context);
            assert_eq!(
                diagnosis.first().unwrap().id,
                CauseId::GlobalToken,
                "{status}"
            );
        }
    }
}

#[test]
fn auth_153_269_403_in_order_with_the_token_at_hand() {
    let now = Timestamp::from_unix_seconds(1_766_505_200);
    let token = CallFacts::user(ScopeFlags::READ, now);
    let at = |operation| {
        let context = DiagnosisContext {
            token: Some(&token),
            operation: Some(operation),
            ..DiagnosisContext::default()
        };
        diagnose(&ReceivedError::at(Endpoint::Api, 403), &context)
            .first()
            .unwrap()
            .id
    };
    assert_eq!(at(Operation::EntityWrite), CauseId::ScopeMissing);
    assert_eq!(
        at(Operation::EntityRead),
        CauseId::UserRights,
        "the scope is there"
    );
    let bare = diagnose(
        &ReceivedError::at(Endpoint::Api, 403),
        &DiagnosisContext::default(),
    );
    let ids: Vec<_> = bare.causes.iter().take(3).map(|cause| cause.id).collect();
    assert_eq!(
        ids,
        [
            CauseId::ScopeMissing,
            CauseId::UserRights,
            CauseId::UserKind
        ]
    );
}

#[test]
fn auth_240_278_279_292_306_381_signals() {
    let api = |status, text| ReceivedError {
        text: Some(text),
        ..ReceivedError::at(Endpoint::Api, status)
    };
    let none = DiagnosisContext::default();
    for (error, id, kind) in [
        (
            api(403, "MaximumLicenseCountExceeded"),
            CauseId::NoLicence,
            ErrorKind::LicenceExhausted,
        ),
        (
            api(500, "Invalid TransactionId 0A"),
            CauseId::TransactionLost,
            ErrorKind::Business,
        ),
        (
            api(
                404,
                "The provided entity set name 'X' is no more supported.",
            ),
            CauseId::SetRenamed,
            ErrorKind::Config,
        ),
        (
            api(401, "App is not found among the trusted applications"),
            CauseId::BasicNotFound,
            ErrorKind::RegistrationMismatch,
        ),
        (
            api(401, "App is configured for system user that is different"),
            CauseId::BasicOtherUser,
            ErrorKind::RegistrationMismatch,
        ),
        (
            ReceivedError {
                is_json: false,
                ..api(200, "<html>")
            },
            CauseId::LoginPage,
            ErrorKind::Transport,
        ),
    ] {
        let diagnosis = diagnose(&error, &none);
        assert_eq!((diagnosis.first().unwrap().id, diagnosis.kind), (id, kind));
    }
    assert_eq!(
        diagnose(&api(500, "MaximumLicenseCountExceeded"), &none).retry,
        Retry::AfterMinutes
    );
    let pat = CallFacts::personal(ScopeFlags::READ, erpnet_access::UserType::Internal);
    let context = DiagnosisContext {
        token: Some(&pat),
        ..none
    };
    assert_eq!(
        diagnose(&ReceivedError::at(Endpoint::Api, 401), &context).retry,
        Retry::Never
    );
}

#[test]
fn a_malformed_hash_is_named() {
    let mut record = service();
    record.application_secret_hash = Some(HashText::new(&"ab".repeat(32)));
    let context = DiagnosisContext {
        record: Some(&record),
        ..DiagnosisContext::default()
    };
    let diagnosis = diagnose(&token_error("invalid_client"), &context);
    assert_eq!(diagnosis.first().unwrap().id, CauseId::SecretHashMalformed);
}

#[test]
fn auth_247_an_old_version_comes_before_policy() {
    let token = CallFacts::service_reference(ScopeFlags::READ);
    let of = |version: Option<&str>| {
        let context = DiagnosisContext {
            token: Some(&token),
            version: version.and_then(ServerVersion::parse),
            ..DiagnosisContext::default()
        };
        diagnose(&ReceivedError::at(Endpoint::Api, 401), &context)
    };
    let old = of(Some("26.1.5.2"));
    let first = old.first().unwrap();
    assert_eq!(
        (first.id, first.standing),
        (CauseId::VersionTooOld, Standing::Confirmed)
    );
    assert!(
        old.to_string().contains("seen: its version is 26.1.5.2"),
        "{old}"
    );
    let new = of(Some("26.2.0.76"));
    assert!(
        new.causes
            .iter()
            .all(|cause| cause.id != CauseId::VersionTooOld),
        "ruled out"
    );
    assert_ne!(
        of(None).first().unwrap().id,
        CauseId::VersionTooOld,
        "unknown: last"
    );
}
