//! The smallest change that would let a grant through.

use std::borrow::Cow;

use erpnet_types::SecretHash;

use super::client::expected_id;
use super::decision::{Checked, GrantCheck};
use super::evaluate::{checks_of, evaluate_grant};
use super::request::{
    Credential, Grant, GrantRequest, Pkce, Proof, ResponseMode, UserFacts, Verifier,
};
use super::scope::unlisted;
use crate::change::Change;
use crate::explain::Remedy;
use crate::readings::Readings;
use crate::record::{
    ClientType, HashText, RedirectList, ReferenceTokenPolicy, SystemUser, TrustedApplication,
};
use crate::rule::RuleId::{Auth, Gap, Lint};
use crate::scopes::ScopeFlags;
use crate::user::UserType;
use crate::verdict::Verdict;

/// The inputs of a grant decision, owned, so that changes can be tried on them.
///
/// ```
/// use erpnet_access::{GrantCase, GrantRequest, Readings, Remedy, TrustedApplication, UserFacts, Verdict};
///
/// let record = TrustedApplication::new("com.example/job");
/// let request = GrantRequest::client_credentials("com.example/job", "read");
/// let mut case = GrantCase::new(&record, &request, &UserFacts::none());
/// let Remedy::Changes { changes, .. } = case.remedy(&Readings::default()) else { unreachable!() };
/// changes.iter().for_each(|change| case.apply(change));
/// assert_eq!(case.evaluate(&Readings::default()).verdict, Verdict::Allow);
/// ```
#[derive(Clone, Debug)]
pub struct GrantCase<'a> {
    /// The record.
    pub record: TrustedApplication,
    /// The request.
    pub request: GrantRequest<'a>,
    /// The user.
    pub user: UserFacts,
}

/// More changes than any grant has checks: the loop ends by itself, this bounds it by construction.
const MAX_CHANGES: usize = 16;

/// Stands for the hash or the user that somebody will fill in.
const PLACEHOLDER: &str = "00000000-0000-0000-0000-000000000000";

impl<'a> GrantCase<'a> {
    /// Copies the inputs.
    #[must_use]
    pub fn new(record: &TrustedApplication, request: &GrantRequest<'a>, user: &UserFacts) -> Self {
        Self {
            record: record.clone(),
            request: request.clone(),
            user: *user,
        }
    }

    /// The decision, as [`evaluate_grant`] makes it.
    #[must_use]
    pub fn evaluate(&self, readings: &Readings) -> super::GrantDecision {
        evaluate_grant(&self.record, &self.request, &self.user, readings)
    }

    /// The smallest set of changes that lets it through, or as far as the rules are documented: the first check that
    /// objects is mended, again and again, and what turned out not to be needed is dropped.
    #[must_use]
    pub fn remedy(&self, readings: &Readings) -> Remedy {
        let start = self.evaluate(readings).verdict;
        if start == Verdict::Allow {
            return Remedy::NotNeeded;
        }
        let mut case = self.clone();
        let (mut changes, mut kept, mut reaches) = (Vec::new(), 0, start);
        while changes.len() < MAX_CHANGES {
            let Some(change) = case.mend(readings) else {
                break;
            };
            if changes.contains(&change) {
                break;
            }
            case.apply(&change);
            changes.push(change);
            let verdict = case.evaluate(readings).verdict;
            if verdict > reaches {
                (kept, reaches) = (changes.len(), verdict);
            }
            if verdict == Verdict::Allow {
                break;
            }
        }
        changes.truncate(kept);
        self.prune(&mut changes, reaches, readings);
        if changes.is_empty() {
            let because = "the request names neither a registered client nor anything that could be registered";
            return Remedy::NoneExists {
                because: Cow::Borrowed(because),
            };
        }
        Remedy::Changes { changes, reaches }
    }

    /// Drops changes without which the answer is the same.
    fn prune(&self, changes: &mut Vec<Change>, reaches: Verdict, readings: &Readings) {
        let mut index = 0;
        while index < changes.len() {
            let mut case = self.clone();
            let others = changes
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != index);
            others.for_each(|(_, change)| case.apply(change));
            if case.evaluate(readings).verdict >= reaches {
                changes.remove(index);
            } else {
                index += 1;
            }
        }
    }

    fn mend(&self, readings: &Readings) -> Option<Change> {
        let checks = checks_of(&self.record, &self.request, &self.user, readings);
        let worst = [Verdict::Deny, Verdict::Unknown]
            .into_iter()
            .find_map(|wanted| {
                checks
                    .iter()
                    .find(|checked| checked.finding.verdict == wanted)
            })?;
        self.mend_check(worst, readings)
    }

    fn mend_check(&self, checked: &Checked, readings: &Readings) -> Option<Change> {
        let rule = checked.finding.rule;
        match checked.check {
            GrantCheck::Client => match rule {
                Auth(124) => Some(Change::Enable),
                Auth(129) => Some(Change::SetClientType(ClientType::Confidential)),
                _ => {
                    let (id, suffix) = expected_id(&self.record, self.request.grant, readings);
                    (!id.is_empty()).then(|| Change::UseClientId(format!("{id}{suffix}")))
                }
            },
            GrantCheck::Redirect => {
                let uri = &self.request.redirect_uri;
                let registrable =
                    !uri.trim().is_empty() && uri.trim() == uri.as_ref() && !uri.contains(',');
                if registrable {
                    return Some(Change::RegisterRedirect(uri.clone().into_owned()));
                }
                let registered = self
                    .record
                    .impersonate_login_url
                    .items()
                    .find(|item| !item.trim().is_empty());
                registered.map(|item| Change::UseRedirect(item.to_owned()))
            }
            GrantCheck::Flow => Some(match (rule, self.request.grant) {
                (Auth(164), _) => Change::UseFormPost,
                (Lint(7), _) => Change::SetClientType(ClientType::Confidential),
                (_, Grant::Hybrid) => Change::UseCode,
                _ => Change::UseCodeIdToken,
            }),
            GrantCheck::Scope => self.mend_scope(checked, readings),
            GrantCheck::Pkce if rule == Auth(161) => Some(Change::FixVerifier),
            GrantCheck::Pkce => Some(Change::SendPkce),
            GrantCheck::Nonce => Some(Change::SendNonce),
            GrantCheck::Credential => Some(match rule {
                Auth(341) => Change::OmitSecret,
                Lint(2) | Auth(114) => Change::SetSecretHash,
                _ => Change::SendSecret,
            }),
            GrantCheck::SystemUser => Some(match rule {
                Lint(5) => Change::SetSystemUser,
                Gap(16) => Change::AllowInternalUsers,
                _ => Change::AllowSystemUser,
            }),
            GrantCheck::Policy => Some(self.mend_policy(checked)),
            GrantCheck::User => Some(self.mend_user(checked)),
            GrantCheck::Proof if self.request.grant.is_reference() => Some(Change::ChooseExpiry),
            GrantCheck::Proof => Some(Change::SignIn),
        }
    }

    fn mend_scope(&self, checked: &Checked, readings: &Readings) -> Option<Change> {
        let scopes = ScopeFlags::from_text(self.request.scope.as_deref().unwrap_or_default());
        let identity = ScopeFlags::OPENID | ScopeFlags::PROFILE;
        Some(match checked.finding.rule {
            Auth(141) => Change::NameScopes,
            Auth(137) => Change::RequestScopes(ScopeFlags::OPENID),
            Auth(138) => Change::DropScopes(scopes.intersection(ScopeFlags::PROTOCOL)),
            Auth(139 | 140) => Change::AddScopes(ScopeFlags::READ),
            Auth(152) => Change::DropScopes(scopes.without(identity)),
            Gap(4) => Change::DropScopes(ScopeFlags::OFFLINE_ACCESS),
            Auth(155) if scopes.is_empty() => Change::NameScopes,
            Auth(155) if !scopes.without(ScopeFlags::RESOURCE).is_empty() => {
                Change::DropScopes(scopes.without(ScopeFlags::RESOURCE))
            }
            Auth(134 | 146 | 147) if self.request.scope.is_none() || scopes.is_empty() => {
                Change::AddScopes(ScopeFlags::READ)
            }
            Auth(134) => Change::DropScopes(ScopeFlags::OTHER),
            Auth(146) => Change::DropScopes(ScopeFlags::SEC),
            Auth(147) => Change::DropScopes(ScopeFlags::DOMAIN_API),
            _ => {
                let missing = unlisted(&self.record, &self.request, readings);
                let strangers = missing.without(ScopeFlags::RESOURCE | ScopeFlags::PROTOCOL);
                if strangers.is_empty() {
                    Change::AddScopes(missing)
                } else {
                    Change::DropScopes(strangers)
                }
            }
        })
    }

    fn mend_policy(&self, checked: &Checked) -> Change {
        let admin = self.user.is_admin;
        match (self.request.grant, self.record.reference_tokens) {
            _ if checked.finding.rule == Auth(354) => Change::RequestSecret,
            (Grant::PersonalToken, _) if !admin => {
                Change::SetPolicy(ReferenceTokenPolicy::AuthenticatedUsers)
            }
            (
                Grant::ServiceToken,
                ReferenceTokenPolicy::AuthenticatedUsers | ReferenceTokenPolicy::AdministratorsOnly,
            ) if !admin => Change::AskAdministrator,
            _ => Change::SetPolicy(ReferenceTokenPolicy::AdministratorsOnly),
        }
    }

    fn mend_user(&self, checked: &Checked) -> Change {
        match (checked.finding.rule, self.user.kind) {
            (Auth(187), _) => Change::SignIn,
            (Gap(60), _) => Change::Consent,
            (Auth(345), _) => Change::AskAdministrator,
            (_, kind) if kind.cannot_sign_in() => Change::UseInternalUser,
            _ if !self.user.is_active => Change::ActivateUser,
            (Auth(152), _) => Change::UseInternalUser,
            _ if checked.finding.verdict == Verdict::Unknown => Change::StateUser,
            (_, UserType::ExternalCommunity) => Change::AllowCommunityUsers,
            _ => Change::AllowInternalUsers,
        }
    }

    /// Makes one change.
    pub fn apply(&mut self, change: &Change) {
        let (record, request, user) = (&mut self.record, &mut self.request, &mut self.user);
        match change {
            Change::Enable => record.is_enabled = true,
            Change::SetClientType(kind) => record.client_type = *kind,
            Change::AddScopes(scopes) => record.add_scopes(*scopes),
            Change::RegisterRedirect(uri) => {
                if record.impersonate_login_url.is_empty() {
                    record.impersonate_login_url = RedirectList::default();
                }
                record.impersonate_login_url.push(uri);
            }
            Change::AllowInternalUsers => record.impersonate_as_internal_user_allowed = true,
            Change::AllowCommunityUsers => record.impersonate_as_community_user_allowed = true,
            Change::AllowSystemUser => record.system_user_allowed = true,
            Change::SetSystemUser => record.system_user = Some(SystemUser::by_id(PLACEHOLDER)),
            Change::SetPolicy(policy) => record.reference_tokens = *policy,
            Change::SetSecretHash => {
                let hash = match request.credential {
                    Credential::Hash(hash) => hash,
                    Credential::Absent | Credential::Unverified => SecretHash::from_bytes([0; 32]),
                };
                record.application_secret_hash = Some(HashText::from(hash));
            }
            Change::SendSecret => {
                let hash = record
                    .application_secret_hash
                    .as_ref()
                    .and_then(HashText::sha256);
                request.credential = hash.map_or(Credential::Unverified, Credential::Hash);
            }
            Change::OmitSecret => request.credential = Credential::Absent,
            Change::UseClientId(id) => request.client_id = Cow::Owned(id.clone()),
            Change::UseRedirect(uri) => request.redirect_uri = Cow::Owned(uri.clone()),
            Change::RequestScopes(scopes) => self.rewrite_scopes(|old| old | *scopes),
            Change::DropScopes(scopes) => self.drop_scopes(*scopes),
            Change::NameScopes => {
                let minimal = if request.grant.is_sign_in() {
                    "openid"
                } else {
                    "read"
                };
                request.scope = Some(Cow::Borrowed(minimal));
            }
            Change::SendPkce => request.pkce = Pkce::S256,
            Change::FixVerifier => request.verifier = Verifier::Fits,
            Change::SendNonce => request.nonce = true,
            Change::UseFormPost => request.response_mode = ResponseMode::FormPost,
            Change::UseCode => request.grant = Grant::AuthorizationCode,
            Change::UseCodeIdToken => {
                request.grant = Grant::Hybrid;
                request.response_mode = ResponseMode::FormPost;
            }
            Change::ChooseExpiry => request.expiry_chosen = true,
            Change::RequestSecret => request.secret_requested = true,
            Change::UseInternalUser | Change::StateUser => user.kind = UserType::Internal,
            Change::AskAdministrator => user.is_admin = true,
            Change::ActivateUser => user.is_active = true,
            Change::Consent => user.consents = true,
            Change::SignIn => {
                user.signed_in = true;
                request.proof = Proof::Live;
                request.sign_in_age = None;
            }
            _ => {}
        }
    }

    fn rewrite_scopes(&mut self, change: impl FnOnce(ScopeFlags) -> ScopeFlags) {
        let text = self.request.scope.as_deref().unwrap_or_default();
        let before = ScopeFlags::from_text(text);
        let mut text = text.to_owned();
        for name in change(before).without(before).names() {
            text.push(' ');
            text.push_str(name);
        }
        self.request.scope = Some(Cow::Owned(text));
    }

    /// Drops names. [`ScopeFlags::OTHER`] stands for all names that ERP.net does not define.
    fn drop_scopes(&mut self, scopes: ScopeFlags) {
        let text = self.request.scope.as_deref().unwrap_or_default();
        let kept: Vec<&str> = text
            .split(' ')
            .filter(|name| !scopes.intersects(ScopeFlags::from_name(name)))
            .collect();
        let kept = kept.join(" ");
        self.request.scope = Some(Cow::Owned(kept));
    }
}
