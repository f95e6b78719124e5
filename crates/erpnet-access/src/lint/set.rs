//! Lints over several records.

use super::context::{Environment, LintContext};
use super::{Lint, Report, lint};
use crate::record::TrustedApplication;

/// One record of a set.
#[derive(Clone, Copy, Debug)]
pub struct RegisteredApplication<'a> {
    /// Where it is registered, in words: the instance.
    pub place: &'a str,
    /// Test or production, when known.
    pub environment: Option<Environment>,
    /// The record.
    pub record: &'a TrustedApplication,
    /// What is known beyond it.
    pub context: LintContext<'a>,
}

/// Lints several records, each by itself and all together (TA-L28, AUTH-103). The findings of `applications[i]` are
/// item `i`; what concerns a pair is reported at both.
///
/// ```
/// use erpnet_access::lint::{Environment, LintContext, RegisteredApplication, lint_set};
/// use erpnet_access::TrustedApplication;
///
/// let record = TrustedApplication::new("com.example/app");
/// let at = |place, environment| RegisteredApplication {
///     place, environment: Some(environment), record: &record, context: LintContext::default(),
/// };
/// let found = lint_set(&[at("demodb", Environment::Production), at("testdb", Environment::Test)]);
/// assert_eq!(found[0][0].id.to_string(), "TA-L28");
/// ```
#[must_use]
pub fn lint_set(applications: &[RegisteredApplication<'_>]) -> Vec<Vec<Lint>> {
    let mut all = Vec::with_capacity(applications.len());
    for (index, application) in applications.iter().enumerate() {
        let mut report = Report {
            found: lint(application.record, &application.context),
        };
        for (other_index, other) in applications.iter().enumerate() {
            let same_id = other.record.application_uri == application.record.application_uri;
            let mixed = matches!(
                (application.environment, other.environment),
                (Some(this), Some(that)) if this != that
            );
            if index != other_index
                && same_id
                && mixed
                && !application.record.application_uri.is_empty()
            {
                report.add(
                    28,
                    format!(
                        "`{}` has the same `ApplicationUri`: test and production can be mixed up",
                        other.place
                    ),
                    "register test and production under different ids",
                );
            }
        }
        all.push(report.finish());
    }
    all
}
