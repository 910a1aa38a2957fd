//! `mainstay health`

use std::time::Duration;

use comfy_table::Table;
use indicatif::{HumanBytes, HumanDuration};
use serde_json::{Map, Value};

use super::answer::{conclude, each, lines, number_of, text_of, version};
use super::exit_code::Failure;
use super::report::{calls, milliseconds};
use super::table::table;
use super::{block_on, host};
use crate::app::Options;
use crate::store::DataDir;

/// The tool that does it.
const TOOL: &str = "orchestrator_health_check";
/// Each of its checks has a limit of its own, and they are far below this.
pub(super) const LIMIT: Duration = Duration::from_secs(60);

/// Say whether the running host is healthy, by trying each of its parts
///
/// Writes and reads each database, has each plugin test itself, and looks at the disk, the event loop, the clients
/// and the settings. What is stuck is told of and not waited for. Ends with 9 if something is broken.
#[derive(Debug, clap::Args)]
pub(super) struct Health {
    /// Print the answer as JSON
    #[arg(long)]
    json: bool,
}

impl Health {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<()> {
        let dir = DataDir::open(options.data_dir.clone())?;
        let otherwise = "so nothing can be tried";
        let answer = block_on(host::tool(&dir, TOOL, Map::new(), LIMIT, otherwise))?;
        conclude(answer, self.json, as_text, |answer| (answer["healthy"] != true).then_some(Failure::NotHealthy))
    }
}

fn as_text(answer: &Value) -> String {
    let healthy = if answer["healthy"] == true { "is healthy" } else { "is not healthy" };
    let checks = &answer["checks"];
    let mut rows = table(&["what", "how it is", "figures"]);
    for slot in each(checks, "slots") {
        rows.add_row([&format!("slot {}", text_of(slot, "slot")), text_of(slot, "status"), &of_slot(slot)]);
    }
    for file in each(&checks["database"], "databases") {
        rows.add_row([text_of(file, "name"), text_of(file, "status"), &of_file(file)]);
    }
    add(&mut rows, "disk", &checks["disk"], &of_disk(&checks["disk"]));
    let late = milliseconds(number_of(&checks["event_loop"], "lag_us"));
    add(&mut rows, "event loop", &checks["event_loop"], &format!("{late} late"));
    let clients = each(&checks["connections"], "sessions").map(client).collect::<Vec<_>>();
    let clients = if clients.is_empty() { "nobody is connected".to_owned() } else { clients.join("\n") };
    add(&mut rows, "clients", &checks["connections"], &clients);
    add(&mut rows, "settings", &checks["settings"], settings(&checks["settings"]));
    let readiness = &checks["reboot_readiness"];
    let ready = if readiness["ready"] == true { "ready" } else { "not ready" };
    let under_way = calls(number_of(&readiness["details"], "calls_under_way"));
    rows.add_row(["graceful restart", ready, &format!("{under_way} under way")]);
    let issues = lines(answer, "issues", "problem: ");
    format!("mainstay {} {healthy}\n{rows}{issues}", text_of(answer, "server_version"))
}

fn add(rows: &mut Table, what: &str, part: &Value, figures: &str) {
    rows.add_row([what, text_of(part, "status"), figures]);
}

fn of_slot(slot: &Value) -> String {
    let mut figures = Vec::new();
    if slot["version"].is_string() {
        figures.push(version(slot));
    }
    if slot["probe_us"].is_u64() {
        figures.push(format!("tested itself in {}", milliseconds(number_of(slot, "probe_us"))));
    }
    for (field, words) in [("queued", "queued"), ("waiting", "waiting")] {
        let number = number_of(slot, field);
        if number > 0 {
            figures.push(format!("{} {words}", calls(number)));
        }
    }
    format!("{}\n{}", figures.join(", "), failures(&slot["attempts"])).trim_start().to_owned()
}

/// Such as `failures: 0 of 5 in 10 seconds, 0 of 20 in 10 minutes`.
fn failures(attempts: &Value) -> String {
    let of = |name: &str| {
        let field = |suffix: &str| number_of(attempts, &format!("{name}{suffix}"));
        let within = HumanDuration(Duration::from_secs(field("_seconds")));
        format!("{} of {} in {within}", field(""), field("_limit"))
    };
    format!("failures: {}, {}", of("burst"), of("sustained"))
}

fn of_file(file: &Value) -> String {
    let mut figures = Vec::new();
    if file["write_read_us"].is_u64() {
        figures.push(format!("written and read in {}", milliseconds(number_of(file, "write_read_us"))));
    }
    if let Some(bytes) = file["bytes"].as_u64() {
        figures.push(HumanBytes(bytes).to_string());
    }
    figures.join(", ")
}

fn of_disk(disk: &Value) -> String {
    disk["free_bytes"].as_u64().map(|free| format!("{} free", HumanBytes(free))).unwrap_or_default()
}

fn client(session: &Value) -> String {
    let (name, version) = (text_of(session, "client"), text_of(session, "version"));
    let name = if name.is_empty() { "a client without a name" } else { name };
    let (transport, under_way) = (text_of(session, "transport"), number_of(session, "calls_under_way"));
    format!("{}, {transport}, {} under way", format!("{name} {version}").trim_end(), calls(under_way))
}

/// What is wrong with them is no problem of the host's, which goes on with those before.
fn settings(settings: &Value) -> &str {
    settings["problem"].as_str().unwrap_or("as they are written")
}
