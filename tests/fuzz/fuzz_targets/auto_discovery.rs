//! Site lists: every URL that is handed out is `https`, without a user name, and on the list if there is one.
#![no_main]

use erpnet_core::site::{Origin, OriginRules, SiteDirectory};
use erpnet_fuzz::{instance, shows_nothing};
use erpnet_types::SiteKind;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for rules in [OriginRules::default(), OriginRules::only(Vec::new())] {
        let narrow = rules != OriginRules::default();
        let own = Origin::of(instance().root_url());
        let sites = match SiteDirectory::parse(bytes, instance(), &rules) {
            Ok(sites) => sites,
            Err(error) => return shows_nothing(&format!("{error} {}", error.advice()), &[]),
        };
        let roots = [
            sites.odata_root(),
            sites.site(&SiteKind::DomainApi).map(|(_, url)| url.clone()),
            sites.site(&SiteKind::Identity).map(|(_, url)| url.clone()),
        ];
        for root in roots {
            match root {
                Ok(url) => {
                    assert_eq!(url.scheme(), "https", "{url}");
                    assert!(url.username().is_empty() && url.password().is_none());
                    assert!(!narrow || Origin::of(&url) == own, "{url}");
                }
                Err(error) => shows_nothing(&format!("{error} {}", error.advice()), &[]),
            }
        }
        match sites.authority() {
            Ok(authority) => assert!(authority.issuer().starts_with("https://")),
            Err(error) => shows_nothing(&format!("{error} {}", error.advice()), &[]),
        }
        let _ = format!("{sites:?}");
    }
});
