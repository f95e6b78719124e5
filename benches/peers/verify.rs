//! The same token verified by other libraries, beside the rows of the SDK's own benchmark: `cargo bench` in this folder.
#![allow(missing_docs, reason = "criterion's macros make public functions")]

use std::hint::black_box;
use std::time::{SystemTime, UNIX_EPOCH};

use criterion::{Criterion, criterion_group, criterion_main};
use erpnet_benches::{ISSUER, Subject};
use erpnet_benches_peers::verifiers::{
    Google, Huskarl, JsonWebToken9, JsonWebToken11, Library, OpenIdConnect,
};

fn verify_rs256(criterion: &mut Criterion) {
    // Some of them read the clock, so that the token has to be of today.
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = i64::try_from(now.expect("it is after 1970").as_secs()).expect("it is before 2200");
    let subject = Subject::issued(now - 60, ISSUER);
    let token = subject.token.as_str();
    let mut group = criterion.benchmark_group("verify_rs256");
    erpnet_benches::verify::rows(&mut group, &subject);

    let jsonwebtoken = JsonWebToken11::new(&subject);
    for library in [Library::AwsLcRs, Library::RustCrypto] {
        library.choose();
        group.bench_function(format!("jsonwebtoken_11_{}", library.name()), |bencher| {
            bencher.iter(|| jsonwebtoken.verify(black_box(token)));
        });
    }
    Library::AwsLcRs.choose();
    let jsonwebtoken = JsonWebToken9::new(&subject);
    group.bench_function("jsonwebtoken_9_ring", |bencher| {
        bencher.iter(|| jsonwebtoken.verify(black_box(token)));
    });
    let openidconnect = OpenIdConnect::new(&subject);
    let verifier = openidconnect.verifier();
    group.bench_function("openidconnect_4", |bencher| {
        bencher.iter(|| OpenIdConnect::verify(&verifier, black_box(token)));
    });
    let huskarl = Huskarl::new(&subject);
    group.bench_function("huskarl_0_11", |bencher| {
        bencher.iter(|| huskarl.verify(black_box(token)));
    });
    // It knows one authority only: the token differs in its issuer.
    let of_google = Subject::issued(now - 60, "https://accounts.google.com");
    let google = Google::new(&of_google);
    group.bench_function("google_cloud_auth_1", |bencher| {
        bencher.iter(|| google.verify(black_box(of_google.token.as_str())));
    });
    group.finish();
}

criterion_group!(benches, verify_rs256);
criterion_main!(benches);
