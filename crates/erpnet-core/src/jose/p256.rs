//! Whether a point is on the curve P-256 (NIST SP 800-186 section 3.2.1.3).
//!
//! ring looks at a point only while it verifies with it, and says no more than that a signature does not fit. A key set
//! is to leave a bad key out when it is read, whichever library verifies. Both still look again themselves. All of this
//! is public, so that it may take as long as it takes.

/// A number of 256 bits, the lowest 64 first.
type Number = [u64; 4];

/// 2^256 - 2^224 + 2^192 + 2^96 - 1.
const P: Number = [
    0xffff_ffff_ffff_ffff,
    0x0000_0000_ffff_ffff,
    0,
    0xffff_ffff_0000_0001,
];

const B: Number = [
    0x3bce_3c3e_27d2_604b,
    0x651d_06b0_cc53_b0f6,
    0xb3eb_bd55_7698_86bc,
    0x5ac6_35d8_aa3a_93e7,
];

/// Whether `y^2 = x^3 - 3x + b`, with both coordinates below the field's prime.
pub(super) fn is_on_curve(x: &[u8; 32], y: &[u8; 32]) -> bool {
    let (x, y) = (number(x), number(y));
    if !is_less(x, P) || !is_less(y, P) {
        return false;
    }
    // x^3 - 3x + b = x(x^2 - 3) + b, and -3 is added as p - 3.
    let minus_three = [P[0] - 3, P[1], P[2], P[3]];
    let right = add(multiply(x, add(multiply(x, x), minus_three)), B);
    multiply(y, y) == right
}

fn number(bytes: &[u8; 32]) -> Number {
    let mut number = [0; 4];
    let (words, _) = bytes.as_chunks::<8>();
    for (limb, word) in number.iter_mut().rev().zip(words) {
        *limb = u64::from_be_bytes(*word);
    }
    number
}

fn is_less(a: Number, b: Number) -> bool {
    a.iter().rev().lt(b.iter().rev())
}

/// `a + b` modulo p, for both below p.
fn add(a: Number, b: Number) -> Number {
    let (sum, carry) = plain_sum(a, b);
    if carry || !is_less(sum, P) {
        // Adding 2^256 - p takes p away, the carry included.
        let complement = [1, 0xffff_ffff_0000_0000, u64::MAX, 0x0000_0000_ffff_fffe];
        plain_sum(sum, complement).0
    } else {
        sum
    }
}

fn plain_sum(a: Number, b: Number) -> (Number, bool) {
    let (mut sum, mut carry) = ([0; 4], false);
    for ((limb, a), b) in sum.iter_mut().zip(a).zip(b) {
        let (first, over) = a.overflowing_add(b);
        let (second, over_again) = first.overflowing_add(u64::from(carry));
        (*limb, carry) = (second, over || over_again);
    }
    (sum, carry)
}

/// `a * b` modulo p: doubled and added, a bit at a time.
fn multiply(a: Number, b: Number) -> Number {
    let mut product = [0; 4];
    for limb in b.into_iter().rev() {
        for bit in (0..64).rev() {
            product = add(product, product);
            if limb >> bit & 1 == 1 {
                product = add(product, a);
            }
        }
    }
    product
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "keys are made")]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use ring::rand::SystemRandom;
    use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};

    const GENERATOR: [&str; 2] = [
        "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
        "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
    ];

    fn bytes(hex: &str) -> [u8; 32] {
        std::array::from_fn(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap())
    }

    #[test]
    fn the_generator_is_on_it_and_its_neighbours_are_not() {
        let [x, y] = GENERATOR.map(bytes);
        assert!(is_on_curve(&x, &y));
        assert!(!is_on_curve(&y, &x));
        for place in 0..32 {
            for flip in [1, 0x80] {
                let (mut other_x, mut other_y) = (x, y);
                other_x[place] ^= flip;
                other_y[place] ^= flip;
                assert!(!is_on_curve(&other_x, &y) && !is_on_curve(&x, &other_y));
            }
        }
    }

    #[test]
    fn zero_and_coordinates_beyond_the_field_are_not() {
        let [x, y] = GENERATOR.map(bytes);
        assert!(!is_on_curve(&[0; 32], &[0; 32]));
        assert!(!is_on_curve(&[0xff; 32], &y) && !is_on_curve(&x, &[0xff; 32]));
        // A square root of b: on the curve with x = 0, and not with x = p, which is the same number.
        let root = bytes("66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4");
        let p = bytes("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
        assert!(is_on_curve(&[0; 32], &root));
        assert!(!is_on_curve(&p, &root));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn keys_that_ring_makes_are_on_it(place in 0..32_usize, flip in 1..=255_u8) {
            let random = SystemRandom::new();
            let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
            let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random).unwrap();
            let point = pair.public_key().as_ref();
            let (x, mut y): ([u8; 32], [u8; 32]) = (point[1..33].try_into().unwrap(), point[33..].try_into().unwrap());
            prop_assert!(is_on_curve(&x, &y));
            y[place] ^= flip;
            prop_assert!(!is_on_curve(&x, &y));
        }
    }
}
