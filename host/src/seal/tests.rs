use super::{SealError, Sealer};

const KEY: [u8; 32] = [7; 32];
/// `Sealer::new(&KEY, "test").seal(b"the plain bytes", b"place")`, made once: every later version has to open it.
const GOLDEN: &str = "4d535459534c3031467696dfbb1251a823bf3f00f823f6a1309c5cffc5f53ccd\
    a44165e1b75fd359b64f491d2241920048ae0f33b114fd3af9e033adf114eb";

fn sealer() -> Sealer {
    Sealer::new(&KEY, "test")
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u32> = hex.chars().map(|digit| digit.to_digit(16).unwrap()).collect();
    digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap()).collect()
}

#[test]
fn what_is_sealed_opens_again() {
    for plain in [&b""[..], b"a", &[0; 100_000]] {
        let sealed = sealer().seal(plain, b"place").unwrap();
        assert_eq!(sealed.len(), plain.len() + 8 + 24 + 16);
        assert_eq!(sealer().open(&sealed, b"place").unwrap(), plain);
    }
}

#[test]
fn what_an_earlier_version_sealed_still_opens() {
    assert_eq!(sealer().open(&bytes(GOLDEN), b"place").unwrap(), b"the plain bytes");
}

#[test]
fn the_same_bytes_never_look_the_same() {
    let plain = b"the plain bytes";
    let (one, other) = (sealer().seal(plain, b"").unwrap(), sealer().seal(plain, b"").unwrap());
    assert_ne!(one, other);
    assert!(!one.windows(5).any(|window| window == b"plain"));
}

#[test]
fn another_key_purpose_or_place_does_not_open_it() {
    let sealed = sealer().seal(b"plain", b"place").unwrap();
    let damaged = |sealer: Sealer, place: &[u8]| matches!(sealer.open(&sealed, place), Err(SealError::Damaged));
    assert!(damaged(Sealer::new(&[8; 32], "test"), b"place"));
    assert!(damaged(Sealer::new(&KEY, "other"), b"place"));
    assert!(damaged(sealer(), b"elsewhere"));
}

#[test]
fn no_byte_can_be_changed_or_cut() {
    let sealed = sealer().seal(b"plain", b"place").unwrap();
    for index in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[index] ^= 1;
        let error = sealer().open(&changed, b"place").unwrap_err();
        match index {
            0..6 => assert!(matches!(error, SealError::NotSealed), "{index}"),
            6..8 => assert!(matches!(error, SealError::OtherFormat), "{index}"),
            _ => assert!(matches!(error, SealError::Damaged), "{index}"),
        }
        assert!(sealer().open(&sealed[..index], b"place").is_err(), "{index}");
    }
    assert!(matches!(sealer().open(b"", b""), Err(SealError::NotSealed)));
    assert!(matches!(sealer().open(b"MSTYSL02 and so on", b""), Err(SealError::OtherFormat)));
}

#[test]
fn the_key_is_not_shown() {
    assert_eq!(format!("{:?}", sealer()), "Sealer(..)");
}
