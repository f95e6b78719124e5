//! Tokens that were verified a moment ago: the second look costs a hash and a comparison, no RSA.

use std::hash::Hasher;
use std::sync::Arc;

use erpnet_types::Timestamp;
use siphasher::sip::SipHasher13;
use zeroize::Zeroizing;

use super::verified::VerifiedToken;
use super::verify::AccessTokenRules;

/// How many places a token can take: a full set gives up the one that ends first.
const WAYS: usize = 4;

/// The most tokens that are kept, whatever the setting.
pub const MAX_VERIFIED_TOKENS: usize = 65_536;

/// Verified tokens by their text: bounded, with the times checked at every look.
///
/// Found by a keyed hash of the signature, so that nobody outside can craft tokens that crowd one place; taken only when
/// the whole text is the same. Only tokens that passed verification get in. To be emptied when the keys change.
#[derive(Default)]
pub struct VerifiedTokens {
    key: (u64, u64),
    sets: usize,
    places: Vec<Option<Entry>>,
}

struct Entry {
    hash: u64,
    token: Zeroizing<Box<str>>,
    verified: Arc<VerifiedToken>,
}

impl VerifiedTokens {
    /// Room for about so many tokens; none when it is zero. `key` has to be secret and random.
    #[must_use]
    pub fn new(capacity: usize, key: (u64, u64)) -> Self {
        let capacity = capacity.min(MAX_VERIFIED_TOKENS);
        Self {
            key,
            sets: capacity.div_ceil(WAYS),
            places: Vec::new(),
        }
    }

    /// The token's claims, if it was verified before and its times still hold.
    #[must_use]
    pub fn get(
        &self,
        token: &str,
        rules: &AccessTokenRules,
        server_time: Timestamp,
    ) -> Option<Arc<VerifiedToken>> {
        let hash = self.hash(token);
        let places = self.places.get(self.set_of(hash)?)?;
        // The whole hash is compared before the text, so that the time taken tells nothing about the text.
        let entry = places
            .iter()
            .flatten()
            .find(|entry| entry.hash == hash && **entry.token == *token)?;
        entry.verified.check_times(rules, server_time).ok()?;
        Some(Arc::clone(&entry.verified))
    }

    /// Keeps a token that has just been verified.
    pub fn insert(&mut self, token: &str, verified: &Arc<VerifiedToken>) {
        let hash = self.hash(token);
        let Some(set) = self.set_of(hash) else { return };
        if self.places.is_empty() {
            self.places.resize_with(self.sets * WAYS, || None);
        }
        let Some(places) = self.places.get_mut(set) else {
            return;
        };
        // The place of the same token, else an empty one, else the one that ends first.
        let rank = |place: &Option<Entry>| match place {
            Some(entry) if entry.hash == hash => (0, None),
            None => (1, None),
            Some(entry) => (2, Some(entry.verified.expires())),
        };
        if let Some(place) = places.iter_mut().min_by_key(|place| rank(place)) {
            let token = Zeroizing::new(Box::from(token));
            *place = Some(Entry {
                hash,
                token,
                verified: Arc::clone(verified),
            });
        }
    }

    /// Forgets all of them.
    pub fn clear(&mut self) {
        self.places = Vec::new();
    }

    /// How many are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.iter().flatten().count()
    }

    /// Whether none is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where the set with this hash stands; `None` when there is no room at all.
    fn set_of(&self, hash: u64) -> Option<std::ops::Range<usize>> {
        let sets = u64::try_from(self.sets).ok()?;
        let set = usize::try_from(hash.checked_rem(sets)?).ok()?;
        Some(set * WAYS..(set + 1) * WAYS)
    }

    fn hash(&self, token: &str) -> u64 {
        let signature = token
            .rsplit_once('.')
            .map_or(token, |(_, signature)| signature);
        let mut hasher = SipHasher13::new_with_keys(self.key.0, self.key.1);
        hasher.write(signature.as_bytes());
        hasher.finish()
    }
}

impl std::fmt::Debug for VerifiedTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "VerifiedTokens({} of {})", self.len(), self.sets * WAYS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::Members;
    use erpnet_types::{Instance, InstanceAuthority};
    use proptest::prelude::*;
    use serde_json::json;

    const NOW: Timestamp = Timestamp::from_unix_seconds(1_000_000);

    fn rules() -> AccessTokenRules {
        AccessTokenRules::new(
            &InstanceAuthority::default_for(Instance::parse("demodb").unwrap()).unwrap(),
        )
    }

    fn verified(ends_in: i64) -> Arc<VerifiedToken> {
        let claims = json!({"iss": "https://demodb.my.erp.net/id", "aud": "DomainAPI", "exp": 1_000_000 + ends_in, "nbf": 999_000});
        let members = Members::parse(claims.to_string()).unwrap();
        Arc::new(VerifiedToken::check(members, &rules(), NOW).unwrap())
    }

    #[test]
    fn only_the_same_text_is_found_and_only_in_its_time() {
        let mut cache = VerifiedTokens::new(8, (1, 2));
        cache.insert("a.b.sig", &verified(600));
        let find = |token: &str, at: i64| {
            cache
                .get(token, &rules(), Timestamp::from_unix_seconds(at))
                .is_some()
        };
        assert!(find("a.b.sig", 1_000_000));
        for other in ["a.c.sig", "x.b.sig", "a.b.sig ", "a.b.si", "sig", ""] {
            assert!(
                !find(other, 1_000_000),
                "the same signature is not enough: {other}"
            );
        }
        assert!(
            find("a.b.sig", 1_000_659) && !find("a.b.sig", 1_000_660),
            "exp with its tolerance"
        );
        assert!(
            find("a.b.sig", 998_940) && !find("a.b.sig", 998_939),
            "nbf with its tolerance"
        );
        cache.clear();
        assert!(cache.is_empty() && cache.get("a.b.sig", &rules(), NOW).is_none());
    }

    #[test]
    fn it_is_bounded_and_gives_up_what_ends_first() {
        for (capacity, bound) in [(0, 0), (1, WAYS), (WAYS, WAYS), (WAYS + 1, 2 * WAYS)] {
            let mut cache = VerifiedTokens::new(capacity, (1, 2));
            for number in 0..200 {
                cache.insert(&format!("a.b.{number}"), &verified(number + 1));
                assert!(cache.len() <= bound, "{capacity}");
            }
            if bound > 0 {
                assert!(cache.get("a.b.199", &rules(), NOW).is_some());
                assert!(cache.get("a.b.0", &rules(), NOW).is_none());
            }
        }
        assert_eq!(
            VerifiedTokens::new(MAX_VERIFIED_TOKENS - 1, (0, 0)).sets,
            MAX_VERIFIED_TOKENS / WAYS
        );
        assert_eq!(
            VerifiedTokens::new(MAX_VERIFIED_TOKENS, (0, 0)).sets,
            MAX_VERIFIED_TOKENS / WAYS
        );
        assert_eq!(
            VerifiedTokens::new(MAX_VERIFIED_TOKENS + 1, (0, 0)).sets,
            MAX_VERIFIED_TOKENS / WAYS
        );
    }

    proptest! {
        #[test]
        fn a_find_is_always_what_was_kept(keys: (u64, u64), tokens in proptest::collection::vec("[ab]\\.[ab]\\.[a-c]{0,2}", 0..60)) {
            let mut cache = VerifiedTokens::new(16, keys);
            let mut kept = std::collections::HashMap::new();
            for (number, token) in tokens.iter().enumerate() {
                let claims = verified(600 + i64::try_from(number).unwrap());
                cache.insert(token, &claims);
                kept.insert(token.clone(), claims.expires());
                for (token, expires) in &kept {
                    if let Some(found) = cache.get(token, &rules(), NOW) {
                        prop_assert_eq!(found.expires(), *expires);
                    }
                }
            }
        }
    }
}
