//! The compliance table as checks: sharing, multiplexing, cycling.

use std::fmt;

use serde::Serialize;

use crate::lint::Severity;
use crate::readings::SessionReadings;
use crate::rule::RuleId;
use crate::rule::RuleId::Auth;

use super::state::SessionKind;

/// How an application uses a token or a session, as far as somebody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Practice {
    /// What kind of token it is.
    pub kind: SessionKind,
    /// How many running processes use the same token or session.
    pub processes: u32,
    /// Whether those processes are replicas of one application, holding one user's sign-in.
    pub replicas_of_one_sign_in: bool,
    /// On how many machines the same token is used. Replicas of one sign-in may have several.
    pub machines: u32,
    /// In how many environments (test, production) the same token is used.
    pub environments: u32,
    /// For how many identities (users, services) calls with this token are made.
    pub identities: u32,
    /// How many internal users stand behind it.
    pub internal_users: u32,
    /// How many external users stand behind it.
    pub external_users: u32,
    /// How many applications use it.
    pub applications: u32,
    /// How many services share its system user, each with a token of its own.
    pub services_on_system_user: u32,
    /// Whether it logs out and goes on with the same token.
    pub reuses_after_logout: bool,
    /// Whether it logs out and in again to lower the count (ErpLogin).
    pub cycles_logins: bool,
    /// Whether it calls in parallel.
    pub parallel_calls: bool,
}

impl Practice {
    /// The plain case: one process, one identity, one machine, one environment.
    #[must_use]
    pub const fn plain(kind: SessionKind) -> Self {
        Self {
            kind,
            processes: 1,
            replicas_of_one_sign_in: false,
            machines: 1,
            environments: 1,
            identities: 1,
            internal_users: 0,
            external_users: 0,
            applications: 1,
            services_on_system_user: 1,
            reuses_after_logout: false,
            cycles_logins: false,
            parallel_calls: false,
        }
    }
}

/// What the licence terms say about a practice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ruling {
    /// Wanted.
    Recommended,
    /// Fine.
    Allowed,
    /// Better not.
    Discouraged,
    /// A violation.
    Forbidden,
}

/// One line of the compliance table that applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ComplianceFinding {
    /// What the terms say.
    pub ruling: Ruling,
    /// How bad it is.
    pub severity: Severity,
    /// By which rule.
    pub rule: RuleId,
    /// What it is about.
    pub practice: &'static str,
    /// What to do.
    pub advice: &'static str,
}

impl fmt::Display for ComplianceFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:<7} {}: {} [{}]",
            self.severity, self.practice, self.advice, self.rule
        )
    }
}

const fn forbidden(
    rule: RuleId,
    practice: &'static str,
    advice: &'static str,
) -> ComplianceFinding {
    ComplianceFinding {
        ruling: Ruling::Forbidden,
        severity: Severity::Error,
        rule,
        practice,
        advice,
    }
}

const fn good(
    ruling: Ruling,
    rule: RuleId,
    practice: &'static str,
    advice: &'static str,
) -> ComplianceFinding {
    ComplianceFinding {
        ruling,
        severity: Severity::Info,
        rule,
        practice,
        advice,
    }
}

/// Checks a practice against the table: every line that applies, the worst first.
///
/// ```
/// use erpnet_access::session::{Practice, Ruling, SessionKind, check_practice};
/// use erpnet_access::SessionReadings;
///
/// let shared = Practice { processes: 3, ..Practice::plain(SessionKind::Service) };
/// let found = check_practice(&shared, &SessionReadings::default());
/// assert_eq!(found[0].ruling, Ruling::Forbidden);
/// ```
#[must_use]
pub fn check_practice(practice: &Practice, readings: &SessionReadings) -> Vec<ComplianceFinding> {
    let mut found = Vec::new();
    sharing(practice, readings, &mut found);
    people(practice, &mut found);
    cycling(practice, &mut found);
    if practice.parallel_calls && practice.identities <= 1 && practice.processes <= 1 {
        let text = "parallel calls of one identity and process";
        found.push(good(
            Ruling::Allowed,
            Auth(322),
            text,
            "they share one session and one licence",
        ));
    }
    if practice.services_on_system_user > 1 {
        let text = "several services on one system user";
        let advice = "allowed, each with its own token and session; a system user for each makes audits readable";
        let ruling = Ruling::Discouraged;
        found.push(ComplianceFinding {
            ruling,
            severity: Severity::Warning,
            rule: Auth(222),
            practice: text,
            advice,
        });
    }
    if found.is_empty() {
        let text = "one token, one identity, one process";
        found.push(good(
            Ruling::Recommended,
            Auth(214),
            text,
            "keep it, and reuse it instead of opening more sessions",
        ));
    }
    found.sort_by_key(|finding| std::cmp::Reverse((finding.severity, finding.ruling)));
    found
}

fn sharing(practice: &Practice, readings: &SessionReadings, found: &mut Vec<ComplianceFinding>) {
    // AUTH-331, AUTH-193: replicas of one application with one sign-in, by reading.
    let replicas = practice.replicas_of_one_sign_in
        && practice.kind == SessionKind::Interactive
        && practice.identities <= 1
        && practice.applications <= 1
        && practice.environments <= 1;
    let spread = practice.processes > 1 || practice.machines > 1;
    if spread && replicas && readings.replicas_share_sign_in {
        let text = "replicas of one application share one user's sign-in";
        found.push(good(
            Ruling::Allowed,
            Auth(193),
            text,
            "one `sid`, one licence; never for two identities",
        ));
    } else {
        if practice.processes > 1 {
            let text = "one token in several processes";
            found.push(forbidden(
                Auth(222),
                text,
                "let each process get its own token and session",
            ));
        }
        if practice.machines > 1 {
            let text = "one token on several machines (token sharing)";
            found.push(forbidden(
                Auth(243),
                text,
                "let each machine get its own token",
            ));
        }
    }
    if practice.environments > 1 {
        let text = "one token in several environments (token sharing)";
        found.push(forbidden(
            Auth(243),
            text,
            "register test and production apart",
        ));
    }
    let several_applications = practice.applications > 1;
    if several_applications && practice.kind == SessionKind::Interactive {
        let text = "several applications in one sign-in of one user";
        found.push(good(
            Ruling::Allowed,
            Auth(323),
            text,
            "one `sid`, one licence; each with its own token",
        ));
    } else if several_applications {
        let text = "one token in several applications";
        found.push(forbidden(
            Auth(243),
            text,
            "let each application get its own token",
        ));
    }
}

fn people(practice: &Practice, found: &mut Vec<ComplianceFinding>) {
    if practice.identities > 1 {
        let text = "calls for different identities through one token (multiplexing)";
        found.push(forbidden(
            Auth(331),
            text,
            "let each identity have its own token and licence",
        ));
    }
    let as_system = matches!(practice.kind, SessionKind::Service | SessionKind::Reference);
    if practice.internal_users > 1 && as_system {
        let text = "several internal users behind one system user";
        found.push(forbidden(
            Auth(321),
            text,
            "let internal users sign in: each needs a licence",
        ));
    }
    if practice.external_users > 0 && as_system {
        let text = "external users behind one system user";
        found.push(good(
            Ruling::Recommended,
            Auth(328),
            text,
            "they take no licences; the service takes one",
        ));
    }
}

fn cycling(practice: &Practice, found: &mut Vec<ComplianceFinding>) {
    if practice.reuses_after_logout {
        let text = "logging out and going on with the same token";
        found.push(forbidden(
            Auth(203),
            text,
            "drop tokens when the user logs out",
        ));
    }
    if practice.cycles_logins {
        let text = "logging out and in again to lower the count";
        found.push(forbidden(
            Auth(388),
            text,
            "it has no effect since 27.1: let sessions idle out",
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worst(practice: Practice) -> (Ruling, RuleId) {
        let found = check_practice(&practice, &SessionReadings::default());
        (found[0].ruling, found[0].rule)
    }

    #[test]
    fn the_eleven_lines_of_the_table() {
        let service = Practice::plain(SessionKind::Service);
        let user = Practice::plain(SessionKind::Interactive);
        for (practice, expected) in [
            (
                Practice {
                    services_on_system_user: 3,
                    ..service
                },
                (Ruling::Discouraged, Auth(222)),
            ),
            (
                Practice {
                    processes: 2,
                    ..service
                },
                (Ruling::Forbidden, Auth(222)),
            ),
            (
                Practice {
                    machines: 2,
                    ..service
                },
                (Ruling::Forbidden, Auth(243)),
            ),
            (
                Practice {
                    environments: 2,
                    ..service
                },
                (Ruling::Forbidden, Auth(243)),
            ),
            (
                Practice {
                    identities: 2,
                    parallel_calls: true,
                    ..service
                },
                (Ruling::Forbidden, Auth(331)),
            ),
            (
                Practice {
                    parallel_calls: true,
                    ..service
                },
                (Ruling::Allowed, Auth(322)),
            ),
            (
                Practice {
                    external_users: 1000,
                    ..service
                },
                (Ruling::Recommended, Auth(328)),
            ),
            (
                Practice {
                    internal_users: 2,
                    ..service
                },
                (Ruling::Forbidden, Auth(321)),
            ),
            (
                Practice {
                    reuses_after_logout: true,
                    ..user
                },
                (Ruling::Forbidden, Auth(203)),
            ),
            (
                Practice {
                    cycles_logins: true,
                    ..Practice::plain(SessionKind::Legacy)
                },
                (Ruling::Forbidden, Auth(388)),
            ),
            (service, (Ruling::Recommended, Auth(214))),
            (
                Practice {
                    applications: 2,
                    ..user
                },
                (Ruling::Allowed, Auth(323)),
            ),
            (
                Practice {
                    applications: 2,
                    ..service
                },
                (Ruling::Forbidden, Auth(243)),
            ),
        ] {
            assert_eq!(worst(practice), expected, "{practice:?}");
        }
    }

    #[test]
    fn auth_193_331_replicas_by_reading() {
        let replicas = Practice {
            processes: 3,
            machines: 3,
            replicas_of_one_sign_in: true,
            ..Practice::plain(SessionKind::Interactive)
        };
        assert_eq!(worst(replicas), (Ruling::Allowed, Auth(193)));
        let strict = SessionReadings {
            replicas_share_sign_in: false,
            ..SessionReadings::default()
        };
        assert_eq!(
            check_practice(&replicas, &strict)[0].ruling,
            Ruling::Forbidden
        );
        for spoilt in [
            Practice {
                identities: 2,
                ..replicas
            },
            Practice {
                applications: 2,
                ..replicas
            },
            Practice {
                kind: SessionKind::Service,
                ..replicas
            },
        ] {
            assert_eq!(worst(spoilt).0, Ruling::Forbidden, "{spoilt:?}");
        }
    }
}
