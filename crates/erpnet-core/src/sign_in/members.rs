//! The members of a callback, decoded strictly: bad encoding is an error, never a replacement character.

use std::fmt;

use zeroize::Zeroizing;

use super::callback::MAX_CALLBACK_MEMBERS;
use super::callback_fault::CallbackFault;

/// The members that mean something.
#[derive(Default)]
pub(super) struct Members {
    pub(super) code: Option<Zeroizing<String>>,
    pub(super) state: Option<Zeroizing<String>>,
    pub(super) id_token: Option<Zeroizing<String>>,
    pub(super) iss: Option<String>,
    pub(super) error: Option<String>,
    pub(super) error_description: Option<String>,
    pub(super) error_uri: Option<String>,
}

const KNOWN: [&str; 7] = [
    "code",
    "state",
    "id_token",
    "iss",
    "error",
    "error_description",
    "error_uri",
];

/// The name as an error may repeat it: one of those known, for any other may hold anything.
fn known(name: &str) -> Option<&'static str> {
    KNOWN.into_iter().find(|known| *known == name)
}

impl Members {
    pub(super) fn parse(encoded: &[u8]) -> Result<Self, CallbackFault> {
        let mut members = Self::default();
        let mut seen: Vec<Zeroizing<String>> = Vec::new();
        for pair in encoded.split(|byte| *byte == b'&') {
            if pair.is_empty() {
                continue;
            }
            if seen.len() == MAX_CALLBACK_MEMBERS {
                return Err(CallbackFault::TooManyMembers);
            }
            let (name, value) = match pair.iter().position(|byte| *byte == b'=') {
                Some(at) => pair.split_at(at),
                None => (pair, &[][..]),
            };
            let name = decode(name, "a member's name")?;
            let label = known(&name);
            if seen.contains(&name) {
                let member = label.unwrap_or("another member");
                return Err(CallbackFault::Duplicate { member });
            }
            let value = value.strip_prefix(b"=").unwrap_or(value);
            if let Some(member) = label {
                members.set(member, decode(value, member)?)?;
            }
            seen.push(name);
        }
        Ok(members)
    }

    fn set(&mut self, member: &'static str, value: Zeroizing<String>) -> Result<(), CallbackFault> {
        if value.is_empty() {
            return Ok(());
        }
        let slot = match member {
            "code" => &mut self.code,
            "state" => &mut self.state,
            "id_token" => &mut self.id_token,
            _ => {
                let slot = match member {
                    "iss" => &mut self.iss,
                    "error" => &mut self.error,
                    "error_description" => &mut self.error_description,
                    _ => &mut self.error_uri,
                };
                *slot = Some(value.to_string());
                return Ok(());
            }
        };
        // RFC 6749 appendix A.5 and A.11: 1*VSCHAR.
        if !value.bytes().all(|byte| (0x20..=0x7e).contains(&byte)) {
            return Err(CallbackFault::Characters { member });
        }
        *slot = Some(value);
        Ok(())
    }
}

/// Says which members came, never what they hold.
impl fmt::Debug for Members {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let came = [
            self.code.is_some(),
            self.state.is_some(),
            self.id_token.is_some(),
            self.iss.is_some(),
            self.error.is_some(),
            self.error_description.is_some(),
            self.error_uri.is_some(),
        ];
        let names = KNOWN.iter().zip(came).filter(|(_, came)| *came);
        f.debug_set().entries(names.map(|(name, _)| name)).finish()
    }
}

/// The text before a fragment. `#_=_` and other fragments without meaning are dropped; one that carries an answer is
/// refused, for it says that the request asked for the wrong response mode.
pub(super) fn without_fragment(text: &str) -> Result<&str, CallbackFault> {
    let Some((before, fragment)) = text.split_once('#') else {
        return Ok(text);
    };
    let carries = |pair: &str| {
        let name = pair.split('=').next().unwrap_or_default();
        known(name).is_some() || name == "access_token"
    };
    if fragment.split('&').any(carries) {
        return Err(CallbackFault::InFragment);
    }
    Ok(before)
}

/// Decodes `application/x-www-form-urlencoded` into one buffer that never moves, so that wiping it wipes every copy.
fn decode(encoded: &[u8], what: &'static str) -> Result<Zeroizing<String>, CallbackFault> {
    let fault = CallbackFault::Encoding { what };
    let mut bytes = Zeroizing::new(Vec::with_capacity(encoded.len()));
    let mut rest = encoded;
    loop {
        rest = match rest {
            [] => break,
            [b'%', high, low, after @ ..] => {
                let (Some(high), Some(low)) = (hex(*high), hex(*low)) else {
                    return Err(fault);
                };
                bytes.push(high << 4 | low);
                after
            }
            [b'%', ..] => return Err(fault),
            [b'+', after @ ..] => {
                bytes.push(b' ');
                after
            }
            [byte, after @ ..] => {
                bytes.push(*byte);
                after
            }
        };
    }
    match String::from_utf8(std::mem::take(&mut *bytes)) {
        Ok(text) => Ok(Zeroizing::new(text)),
        Err(error) => {
            drop(Zeroizing::new(error.into_bytes()));
            Err(fault)
        }
    }
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}
