//! The checks, one a function.

use std::borrow::Cow;

use erpnet_types::Timestamp;

use super::attempt::Attempt;
use super::rules::{IdTokenRules, MAX_SUBJECT};
use super::verified::IdToken;
use crate::claims::{strings, time};
use crate::error::clean_text;
use crate::hash;
use crate::jose::{Header, Members, TokenFault};

/// The longest list of audiences that is repeated in an error.
const SHOWN_AUDIENCES: usize = 8;

/// Now, by the authority's clock and by ours.
#[derive(Clone, Copy)]
pub(super) struct Moment {
    pub(super) server: Timestamp,
    pub(super) wall: Timestamp,
}

/// The times of a token that passed.
pub(super) struct Times {
    pub(super) expires: Timestamp,
    pub(super) issued_at: Timestamp,
}

/// `JWT` or no type at all; a token of another type is none about a sign-in (AUTH-075, AUTH-180).
pub(super) fn is_id_token(header: &Header) -> Result<(), TokenFault> {
    match header.token_type() {
        None => Ok(()),
        Some(typ)
            if typ.eq_ignore_ascii_case("JWT") || typ.eq_ignore_ascii_case("application/jwt") =>
        {
            Ok(())
        }
        Some(typ) => Err(TokenFault::WrongType {
            expected: "`JWT` (an ID token)",
            found: clean_text(typ, 64),
        }),
    }
}

/// Exactly the issuer (AUTH-057).
pub(super) fn issuer(members: &Members, rules: &IdTokenRules) -> Result<(), TokenFault> {
    let found = required(members, "iss")?;
    if found == rules.issuer {
        return Ok(());
    }
    Err(TokenFault::WrongIssuer {
        expected: rules.issuer.clone(),
        found: clean_text(&found, 200),
    })
}

/// This application is an audience, every other one is trusted, and `azp`, if there is one or several audiences ask for
/// it, is this application.
pub(super) fn audience(members: &Members, rules: &IdTokenRules) -> Result<(), TokenFault> {
    let client_id = rules.client_id.as_str();
    let audiences = strings(members, "aud")?;
    if audiences.is_empty() && members.raw("aud").is_none_or(|raw| raw == "null") {
        return Err(TokenFault::MissingClaim("aud"));
    }
    if !audiences.iter().any(|audience| audience == client_id) {
        let found: Vec<_> = audiences
            .iter()
            .take(SHOWN_AUDIENCES)
            .map(|audience| format!("`{}`", clean_text(audience, 80)))
            .collect();
        return Err(TokenFault::WrongAudience {
            expected: format!("`{client_id}`"),
            found: if found.is_empty() {
                "none".to_owned()
            } else {
                found.join(", ")
            },
        });
    }
    let known = |audience: &str| {
        audience == client_id || rules.trusted.iter().any(|trusted| trusted == audience)
    };
    if let Some(audience) = audiences.iter().find(|audience| !known(audience)) {
        return Err(TokenFault::UntrustedAudience {
            audience: clean_text(audience, 80),
        });
    }
    match members.text("azp")? {
        Some(party) if party == client_id => Ok(()),
        Some(party) => Err(TokenFault::WrongAuthorizedParty {
            expected: client_id.to_owned(),
            found: clean_text(&party, 80),
        }),
        None if audiences.len() > 1 => Err(TokenFault::MissingClaim("azp")),
        None => Ok(()),
    }
}

/// `exp` and `iat` are required and fit; so does `nbf` if there is one.
pub(super) fn times(
    members: &Members,
    rules: &IdTokenRules,
    moment: Moment,
) -> Result<Times, TokenFault> {
    let expires = time(members, "exp")?.ok_or(TokenFault::MissingClaim("exp"))?;
    let issued_at = time(members, "iat")?.ok_or(TokenFault::MissingClaim("iat"))?;
    if moment.server >= expires.after(rules.tolerance) {
        return Err(TokenFault::Expired { at: expires });
    }
    let latest = moment.server.after(rules.tolerance);
    let begins = time(members, "nbf")?.map_or(issued_at, |nbf| nbf.max(issued_at));
    if latest < begins {
        return Err(TokenFault::NotYetValid { at: begins });
    }
    Ok(Times { expires, issued_at })
}

/// A subject that can be shown and stored.
pub(super) fn subject(members: &Members) -> Result<(), TokenFault> {
    let subject = required(members, "sub")?;
    let sized = subject.chars().take(MAX_SUBJECT + 1).count() <= MAX_SUBJECT;
    if subject.is_empty() || !sized || subject.chars().any(char::is_control) {
        return Err(TokenFault::InvalidClaim {
            claim: "sub".to_owned(),
            expected: "a text of 1 to 255 characters",
        });
    }
    Ok(())
}

/// The nonce of this sign-in, compared in constant time.
pub(super) fn nonce(token: &IdToken, attempt: &Attempt<'_>) -> Result<(), TokenFault> {
    let found = required(token.members(), "nonce")?;
    if hash::equal(attempt.nonce, &found) {
        Ok(())
    } else {
        Err(TokenFault::NonceMismatch)
    }
}

/// Compares a hash claim, if there is one, and says whether there was.
pub(super) fn hash(
    token: &IdToken,
    claim: &'static str,
    of: &str,
    what: &'static str,
) -> Result<bool, TokenFault> {
    match token.members().text(claim)? {
        None => Ok(false),
        Some(found) if hash::equal(&hash::left_half(of), &found) => Ok(true),
        Some(_) => Err(TokenFault::HashMismatch { claim, of: what }),
    }
}

/// `s_hash`, where the state is known.
pub(super) fn state_hash(token: &IdToken, attempt: &Attempt<'_>) -> Result<(), TokenFault> {
    attempt.state.map_or(Ok(()), |state| {
        hash(token, "s_hash", state, "state").map(drop)
    })
}

/// That the user signed in recently enough, if the request asked for it.
pub(super) fn sign_in_time(
    token: &IdToken,
    attempt: &Attempt<'_>,
    rules: &IdTokenRules,
    moment: Moment,
) -> Result<(), TokenFault> {
    let Some(wanted) = attempt.signed_in_from else {
        return Ok(());
    };
    let found = token
        .auth_time()
        .ok_or(TokenFault::MissingClaim("auth_time"))?;
    // The request was dated by our clock, the sign-in by the authority's.
    let ahead = moment.server.unix_millis() - moment.wall.unix_millis();
    let wanted = wanted.shifted(ahead);
    if found.after(rules.tolerance) < wanted {
        return Err(TokenFault::StepUpNotPerformed { wanted, found });
    }
    if found > moment.server.after(rules.tolerance) {
        return Err(TokenFault::InvalidClaim {
            claim: "auth_time".to_owned(),
            expected: "a time that has come",
        });
    }
    Ok(())
}

/// What a refresh must not change.
pub(super) fn same_user(token: &IdToken, original: &IdToken) -> Result<(), TokenFault> {
    let changed = |claim| {
        Err(TokenFault::ChangedClaim {
            claim,
            original: "the sign-in",
        })
    };
    for claim in ["iss", "sub", "azp"] {
        if token.members().text(claim)? != original.members().text(claim)? {
            return changed(claim);
        }
    }
    let sorted = |token: &'_ IdToken| {
        let mut audiences: Vec<String> =
            token.audiences().into_iter().map(Cow::into_owned).collect();
        audiences.sort_unstable();
        audiences.dedup();
        audiences
    };
    if sorted(token) != sorted(original) {
        return changed("aud");
    }
    let nonce = token.members().text("nonce")?;
    if nonce.is_some() && nonce != original.members().text("nonce")? {
        return changed("nonce");
    }
    match (token.auth_time(), original.auth_time()) {
        (Some(now), Some(then)) if now != then => changed("auth_time"),
        _ => Ok(()),
    }
}

/// What the two ID tokens of a hybrid sign-in have in common (AUTH-182).
pub(super) fn same_sign_in(back: &IdToken, front: &IdToken) -> Result<(), TokenFault> {
    for claim in ["iss", "sub", "nonce"] {
        if back.members().text(claim)? != front.members().text(claim)? {
            return Err(TokenFault::ChangedClaim {
                claim,
                original: "the ID token of the callback",
            });
        }
    }
    Ok(())
}

fn required<'a>(members: &'a Members, claim: &'static str) -> Result<Cow<'a, str>, TokenFault> {
    members.text(claim)?.ok_or(TokenFault::MissingClaim(claim))
}
