use super::{Form, KeyId, Keyring, KeyringError, SealError, Sealer};

const KEY: [u8; 32] = [7; 32];
/// `b"the plain bytes"` at `b"place"` for the purpose `test`, sealed once in each format: every later version has to open
/// both.
const GOLDEN_1: &str = "4d535459534c3031467696dfbb1251a823bf3f00f823f6a1309c5cffc5f53ccd\
    a44165e1b75fd359b64f491d2241920048ae0f33b114fd3af9e033adf114eb";
const GOLDEN_2: &str = "4d535459534c3032f01f9c31e4cdbd51f0fc2351af902ddba337b149e45b3cdd\
    5452963438a9d4d1ce4ded49683fb26056b3608475189d97b1921c7976059334\
    1816a14f69ff6a";

fn sealer() -> Sealer {
    Sealer::new(&Keyring::of(KEY), "test")
}

fn bytes(hex: &str) -> Vec<u8> {
    data_encoding::HEXLOWER.decode(hex.as_bytes()).unwrap()
}

#[test]
fn what_is_sealed_opens_again() {
    for plain in [&b""[..], b"a", &[0; 100_000]] {
        let sealed = sealer().seal(plain, b"place").unwrap();
        assert_eq!(sealed.len(), plain.len() + 8 + 8 + 24 + 16);
        assert_eq!(sealer().open(&sealed, b"place").unwrap(), plain);
    }
}

#[test]
fn what_an_earlier_version_sealed_still_opens() {
    for golden in [GOLDEN_1, GOLDEN_2] {
        assert_eq!(sealer().open(&bytes(golden), b"place").unwrap(), b"the plain bytes");
        assert_eq!(sealer().open(&bytes(golden), b"elsewhere"), Err(SealError::Damaged));
    }
}

#[test]
fn what_was_sealed_for_another_purpose_in_format_1_opens_if_it_is_said() {
    let (ring, golden) = (Keyring::of(KEY), bytes(GOLDEN_1));
    assert_eq!(Sealer::new(&ring, "slot a").open(&golden, b"place"), Err(SealError::Damaged));
    let told = Sealer::new(&ring, "slot a").with_format_1_for(&ring, "test");
    assert_eq!(told.open(&golden, b"place").unwrap(), b"the plain bytes");
    assert_eq!(told.open(&bytes(GOLDEN_2), b"place"), Err(SealError::Damaged), "only in format 1");
}

#[test]
fn the_same_bytes_never_look_the_same() {
    let plain = b"the plain bytes";
    let (one, other) = (sealer().seal(plain, b"").unwrap(), sealer().seal(plain, b"").unwrap());
    assert_ne!(one, other);
    assert!(!one.windows(5).any(|window| window == b"plain"));
}

#[test]
fn another_purpose_or_place_does_not_open_it() {
    let sealed = sealer().seal(b"plain", b"place").unwrap();
    assert_eq!(Sealer::new(&Keyring::of(KEY), "other").open(&sealed, b"place"), Err(SealError::Damaged));
    assert_eq!(sealer().open(&sealed, b"elsewhere"), Err(SealError::Damaged));
}

#[test]
fn a_key_that_is_not_there_is_named() {
    let sealed = sealer().seal(b"plain", b"place").unwrap();
    let other = Keyring::of([8; 32]);
    let error = Sealer::new(&other, "test").open(&sealed, b"place").unwrap_err();
    let [id, here] = [KEY, [8; 32]].map(|key| Keyring::of(key).ids()[0]);
    assert_eq!(error, SealError::UnknownKey { id, here: vec![here] });
    assert!(!error.is_corruption());
    let said = error.to_string();
    assert!(said.contains(&id.to_string()) && said.contains(&here.to_string()), "{said}");
    assert!(said.contains("MAINSTAY_KEY_FILE"), "{said}");
}

#[test]
fn each_key_of_a_ring_opens_and_the_newest_seals() {
    let (old, new) = (Keyring::of(KEY), Keyring::of([8; 32]));
    let both = old.with(new.newest().clone()).unwrap();
    let sealed = Sealer::new(&old, "test").seal(b"plain", b"place").unwrap();
    let sealer = Sealer::new(&both, "test");
    assert_eq!(sealer.open(&sealed, b"place").unwrap(), b"plain");
    assert_eq!(sealer.open(&bytes(GOLDEN_1), b"place").unwrap(), b"the plain bytes", "which does not say its key");
    for before in [sealed, bytes(GOLDEN_1)] {
        let renewed = sealer.renew(&before, b"place").unwrap().expect("it was of the old key");
        assert!(Sealer::new(&new, "test").open(&renewed, b"place").is_ok());
        assert_eq!(sealer.renew(&renewed, b"place"), Ok(None));
        assert_eq!(sealer.renew(&renewed, b"elsewhere"), Err(SealError::Damaged), "it is looked at all the same");
    }
}

#[test]
fn no_byte_can_be_changed_or_cut() {
    let sealed = sealer().seal(b"plain", b"place").unwrap();
    for index in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[index] ^= 1;
        let error = sealer().open(&changed, b"place").unwrap_err();
        let corruption = error.is_corruption();
        match index {
            0..6 => assert!(matches!(error, SealError::NotSealed) && corruption, "{index}"),
            6..8 => assert!(matches!(error, SealError::OtherFormat) && !corruption, "{index}"),
            8..16 => assert!(matches!(error, SealError::UnknownKey { .. }) && !corruption, "{index}"),
            _ => assert!(matches!(error, SealError::Damaged) && corruption, "{index}"),
        }
        assert!(sealer().open(&sealed[..index], b"place").is_err(), "{index}");
    }
    assert_eq!(sealer().open(b"", b""), Err(SealError::NotSealed));
    assert_eq!(sealer().open(b"MSTYSL03 and so on", b""), Err(SealError::OtherFormat));
    // What begins like the format before it was never of that.
    let mut older = sealed.clone();
    older[7] = b'1';
    assert_eq!(sealer().open(&older, b"place"), Err(SealError::Damaged));
    older.drain(8..16);
    assert_eq!(sealer().open(&older, b"place"), Err(SealError::Damaged));
}

#[test]
fn keys_are_read_as_they_were_written() {
    let ring = Keyring::of([1; 32]).with(Keyring::of(KEY).newest().clone()).unwrap();
    for (form, length) in [(Form::Raw, 64), (Form::Hex, 130)] {
        let written = ring.write(form);
        assert_eq!(written.len(), length);
        let (read, found) = Keyring::read(&written).unwrap();
        assert_eq!((read.ids(), found), (ring.ids(), form));
    }
    let by_hand = "\n  0101010101010101010101010101010101010101010101010101010101010101\r\n\n\
        ABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABAB";
    let ids = Keyring::read(by_hand.as_bytes()).unwrap().0.ids();
    assert_eq!(ids, [[1; 32], [0xAB; 32]].map(|key| Keyring::of(key).ids()[0]));
    assert_eq!(ring.without_older().ids(), ring.ids()[..1]);
}

#[test]
fn what_is_no_key_is_told_apart_and_not_repeated() {
    let read = |bytes: &[u8]| Keyring::read(bytes).unwrap_err();
    assert_eq!(read(b""), KeyringError::Empty);
    assert_eq!(read(b"\n \n"), KeyringError::Empty);
    assert_eq!(read(&[200; 31]), KeyringError::Length(31));
    assert_eq!(read(&[200; 33]), KeyringError::Length(33));
    let one_short = format!("{}\n{}\n", "ab".repeat(32), "cd".repeat(31));
    assert_eq!(read(one_short.as_bytes()), KeyringError::Line(2));
    assert!(!read(one_short.as_bytes()).to_string().contains("cd"));
    assert_eq!(read(&[200; 32 * 65]), KeyringError::TooMany(65));
}

#[test]
fn no_key_is_shown() {
    let ring = Keyring::of(KEY);
    assert_eq!(format!("{:?}", sealer()), "Sealer(..)");
    let id = KeyId::of(ring.newest()).to_string();
    assert_eq!(format!("{ring:?}"), format!("Keyring({id})"));
    assert!(!id.contains("0707"), "an id is not a part of the key");
}

/// Does not compile if one of them stays in memory after its use.
#[test]
fn keys_do_not_stay_in_memory() {
    const fn is_overwritten<T: zeroize::ZeroizeOnDrop>() {}
    is_overwritten::<super::Key>();
    is_overwritten::<chacha20poly1305::XChaCha20Poly1305>();
}
