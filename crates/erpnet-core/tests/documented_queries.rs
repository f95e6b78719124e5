//! Every query of the documentation can be written, and is written as documented.

mod documented;

use std::collections::HashSet;

use documented::DOCUMENTED;
use erpnet_core::api::{ApiRequest, resolve};
use url::Url;

#[test]
fn every_documented_query_is_written_as_documented() {
    let root = Url::parse("https://demodb.my.erp.net/api/domain/odata/").unwrap();
    for (text, build) in DOCUMENTED {
        let query = build();
        assert_eq!(query.text().unwrap(), text);

        // What is sent is the same, percent-encoded, and survives the way into a request unchanged.
        let path = query.path().unwrap();
        let uri = resolve(&root, path).unwrap().to_string();
        assert_eq!(uri, format!("{root}{path}"));
        assert_eq!(ApiRequest::get(&query).path(), path);

        // A server that decodes the options finds the documented ones.
        let options = |query: &str| -> Vec<(String, String)> {
            let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect()
        };
        let expected = options(text.split_once('?').unwrap().1);
        let found: Vec<_> = Url::parse(&uri)
            .unwrap()
            .query_pairs()
            .into_owned()
            .collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn the_table_has_each_query_once() {
    let texts: HashSet<_> = DOCUMENTED.iter().map(|(text, _)| text).collect();
    assert_eq!(texts.len(), DOCUMENTED.len());
}
