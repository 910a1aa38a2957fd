//! Saves new versions of a component as files, and times them until they serve.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::super::super::load::Control;
use super::place::Place;
use super::results::DropIn;
use crate::app::ORCHESTRATOR;
use crate::model::{Digest, SlotName};

/// Nothing takes as long.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(2);

/// With the orchestrator, and with another component if one is named.
pub(super) async fn measure(component: Option<&Path>, rounds: u64) -> anyhow::Result<Vec<DropIn>> {
    let mut measured = vec![saved(&SlotName::orchestrator(), "the orchestrator", ORCHESTRATOR, rounds).await?];
    if let Some(path) = component {
        let bytes = std::fs::read(path).with_context(|| format!("could not read {}", path.display()))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        measured.push(saved(&"guest".parse()?, &name, &bytes, rounds).await?);
    }
    Ok(measured)
}

async fn saved(slot: &SlotName, name: &str, component: &[u8], rounds: u64) -> anyhow::Result<DropIn> {
    let place = Place::new()?;
    let file = place.dir.plugin_file(slot);
    std::fs::create_dir_all(place.dir.plugins_folder())?;
    std::fs::write(&file, component)?;
    let server = place.server().await?;
    let mut control = Control::connect(&place.dir).await?;
    // The first one opens the slot as well.
    save(&mut control, slot, &file, &version(component, 0)).await?;
    let mut micros = Vec::new();
    for round in 1..=rounds {
        let took = save(&mut control, slot, &file, &version(component, round)).await?;
        micros.push(u64::try_from(took.as_micros())?);
    }
    server.leave().await?;
    Ok(DropIn { component: name.to_owned(), bytes: component.len(), served_after: micros.into_iter().collect() })
}

/// Writes the file in place, as a copy does, and waits until it serves.
async fn save(control: &mut Control, slot: &SlotName, file: &Path, bytes: &[u8]) -> anyhow::Result<Duration> {
    let digest = Digest::of(bytes);
    std::fs::write(file, bytes)?;
    let saved = Instant::now();
    loop {
        let status = control.status().await?;
        let slot = status.slots.into_iter().find(|status| status.slot == *slot);
        if slot.and_then(|slot| slot.serving).is_some_and(|version| version.digest == digest) {
            return Ok(saved.elapsed());
        }
        anyhow::ensure!(saved.elapsed() < PATIENCE, "the saved version does not serve: see `mainstay history`");
        tokio::time::sleep(LOOK).await;
    }
}

/// The same component with a section that means nothing: other bytes, which nobody has compiled yet.
pub(super) fn version(component: &[u8], number: u64) -> Vec<u8> {
    let name = b"bench";
    let content = [&[u8::try_from(name.len()).unwrap_or_default()], name.as_slice(), &number.to_le_bytes()].concat();
    // A custom section: its kind, its length, its content. Lengths below 128 are one byte.
    let header = [0, u8::try_from(content.len()).unwrap_or_default()];
    [component, &header, &content].concat()
}
