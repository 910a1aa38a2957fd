//! Where each guest's component is, by the name of its file in `tests/guests/src`.

include!(concat!(env!("OUT_DIR"), "/guests.rs"));
