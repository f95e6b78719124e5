//! The shapes in which ERP.net writes claims: in access tokens, ID tokens and user info alike (section 10 of the rules).

use std::borrow::Cow;

use erpnet_types::{ScopeSet, Timestamp};

use crate::error::clean_text;
use crate::jose::members::text_of;
use crate::jose::{Members, TokenFault, scan};

/// A claim that is one text or an array of texts.
pub(crate) fn strings<'a>(
    members: &'a Members,
    name: &'static str,
) -> Result<Vec<Cow<'a, str>>, TokenFault> {
    members
        .raw(name)
        .map_or(Ok(Vec::new()), |raw| strings_in(raw, name))
}

pub(crate) fn strings_in<'a>(
    raw: &'a str,
    name: &'static str,
) -> Result<Vec<Cow<'a, str>>, TokenFault> {
    let mut items = Vec::with_capacity(8);
    each_string(raw, name, |item| {
        items.push(item);
        Ok(())
    })?;
    Ok(items)
}

/// The texts of a claim that is one text, an array of texts, or `null`, one after the other.
pub(crate) fn each_string<'a>(
    raw: &'a str,
    name: &'static str,
    mut item: impl FnMut(Cow<'a, str>) -> Result<(), TokenFault>,
) -> Result<(), TokenFault> {
    let invalid = || TokenFault::InvalidClaim {
        claim: name.to_owned(),
        expected: "a text or an array of texts",
    };
    let Some(elements) = scan::array(raw) else {
        return match text_of(raw, name) {
            Ok(Some(text)) => item(text),
            Ok(None) => Ok(()),
            Err(_) => Err(invalid()),
        };
    };
    for element in elements {
        let element = element.map_err(|_| invalid())?;
        match text_of(element, name) {
            Ok(Some(text)) => item(text)?,
            Ok(None) | Err(_) => return Err(invalid()),
        }
    }
    Ok(())
}

/// `scope` as an array, or as one space-delimited text (AUTH-079).
pub(crate) fn scopes_of(items: &[Cow<'_, str>]) -> Result<ScopeSet, TokenFault> {
    let names = items
        .iter()
        .flat_map(|item| item.split(' '))
        .filter(|name| !name.is_empty());
    ScopeSet::from_names(names).map_err(|_| TokenFault::InvalidClaim {
        claim: "scope".to_owned(),
        expected: "a set of scopes",
    })
}

pub(crate) fn time(members: &Members, name: &'static str) -> Result<Option<Timestamp>, TokenFault> {
    members.raw(name).map_or(Ok(None), |raw| time_in(raw, name))
}

/// A numeric date between 1970 and 2200, whole or with a fraction (AUTH-257).
pub(crate) fn time_in(raw: &str, name: &'static str) -> Result<Option<Timestamp>, TokenFault> {
    let invalid = || TokenFault::InvalidClaim {
        claim: name.to_owned(),
        expected: "seconds since 1970",
    };
    if raw == "null" {
        return Ok(None);
    }
    // The members are JSON, so that a number here is one of JSON; others that Rust would read cannot be.
    let seconds: f64 = raw.parse().map_err(|_| invalid())?;
    Timestamp::from_numeric_date(seconds)
        .map(Some)
        .ok_or_else(invalid)
}

/// A boolean, as JSON or as text in any case (AUTH-250).
pub(crate) fn boolean(members: &Members, name: &str) -> Result<Option<bool>, TokenFault> {
    let raw = members.raw(name);
    let text = raw.and_then(|raw| raw.strip_prefix('"')?.strip_suffix('"'));
    match text.or(raw) {
        None => Ok(None),
        Some("null") if text.is_none() => Ok(None),
        Some(raw) if raw.eq_ignore_ascii_case("true") => Ok(Some(true)),
        Some(raw) if raw.eq_ignore_ascii_case("false") => Ok(Some(false)),
        Some(_) => Err(TokenFault::InvalidClaim {
            claim: clean_text(name, 64),
            expected: "a boolean",
        }),
    }
}

/// The user's stable id, `id`, or its one-time spelling `sub_id` when that is a GUID (AUTH-252, AUTH-253).
pub(crate) fn user_id(members: &Members) -> Option<Cow<'_, str>> {
    let text = |name| members.text(name).ok().flatten();
    text("id").or_else(|| text("sub_id").filter(|id| is_guid(id)))
}

/// The e-mail address, if the identity service vouches for it (AUTH-261).
pub(crate) fn verified_email(members: &Members) -> Option<Cow<'_, str>> {
    match boolean(members, "email_verified") {
        Ok(Some(true)) => members.text("email").ok().flatten(),
        _ => None,
    }
}

pub(crate) fn is_guid(text: &str) -> bool {
    let groups: Vec<_> = text.split('-').map(str::len).collect();
    groups == [8, 4, 4, 4, 12] && text.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit())
}
