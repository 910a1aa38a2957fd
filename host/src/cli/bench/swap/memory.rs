//! Many swaps, and how large the process is then.

use super::super::super::load::{Callers, Control, Ledger, Server, Versions};
use super::place::Place;
use super::results::Memory;
use super::scenario::works;
use crate::model::Digest;

/// Until caches and recordings are full.
const WARM_UP: usize = 100;

pub(super) async fn measure(place: &Place, swaps: usize) -> anyhow::Result<Memory> {
    let server = place.server().await?;
    let at_first_kib = server.resident_kib();
    let mut control = Control::connect(&place.dir).await?;
    let serving = place.warm(&mut control).await?;
    let warm_up_swaps = WARM_UP.min(swaps);
    let (serving, before_kib) = swap(&server, &mut control, &place.versions, serving, warm_up_swaps).await?;
    let (_, after_kib) = swap(&server, &mut control, &place.versions, serving, swaps).await?;
    server.leave().await?;
    Ok(Memory { at_first_kib, warm_up_swaps, before_kib, swaps, after_kib })
}

/// One swap after the other, with calls beside. With what serves then, and the size of the process.
async fn swap(
    server: &Server,
    control: &mut Control,
    versions: &Versions,
    mut serving: Digest,
    swaps: usize,
) -> anyhow::Result<(Digest, Option<u64>)> {
    let ledger = Ledger::default();
    let callers = Callers::start(server, &works(), &ledger);
    for _ in 0..swaps {
        serving = control.swap(versions.other(serving)).await?.digest()?;
    }
    callers.stop().await;
    Ok((serving, server.resident_kib()))
}
