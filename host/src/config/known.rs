//! The settings there are: what each may be, and when a change of it applies. A test holds this to `default.toml`.

use super::key::Key;

/// What a setting may be.
#[derive(Debug, Clone, Copy)]
pub(super) enum Allowed {
    /// A whole number from one to the other.
    Number(i64, i64),
    /// One of these.
    Words(&'static [&'static str]),
    Switch,
    /// What `EnvFilter` takes.
    Filter,
    /// An IP address and a port, or nothing.
    Listen,
    /// The path of a file, or nothing.
    Path,
    /// A list of words.
    List,
    /// `https://...`, or `http://` to this machine; or nothing.
    Url,
    /// A list of some of these, at least one.
    Some(&'static [&'static str]),
    /// A list of `name` or `name=value`.
    Claims,
    /// The address of a server, or nothing.
    Address,
}

/// When a changed value is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Applies {
    /// At once.
    Now,
    /// When a plugin begins anew: at a swap, a rollback or a restart.
    WithPlugin,
    /// When the host is started again.
    WithHost,
}

use Allowed::{Address, Claims, Filter, List, Listen, Number, Path, Switch, Url, Words};
use Applies::{Now, WithHost, WithPlugin};

/// The longest of what is given in milliseconds and in seconds.
const HOUR_MS: i64 = 3_600_000;
const DAY: i64 = 86_400;
const MIB: i64 = 1 << 20;
const GIB: i64 = 1 << 30;

/// Signatures that are made with one key and checked with another. With the others, whoever can check one can make one.
const SIGNATURES: [&str; 9] = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"];

/// In the order of `default.toml`.
pub(super) const KNOWN: &[(&str, Allowed, Applies)] = &[
    ("server.message_bytes", Number(1_024, GIB), WithHost),
    ("server.calls_in_flight", Number(1, 100_000), Now),
    ("server.surface_ttl_ms", Number(0, 24 * HOUR_MS), Now),
    ("http.listen", Listen, WithHost),
    ("http.hosts", List, WithHost),
    ("http.origins", List, WithHost),
    ("http.json_responses", Switch, Now),
    ("http.sessions", Number(1, 1_000_000), Now),
    ("http.session_idle_hours", Number(1, 8_760), Now),
    ("http.streams_per_session", Number(1, 100_000), Now),
    ("http.resume_minutes", Number(0, 7 * 1_440), Now),
    ("http.slow_reader_seconds", Number(1, DAY), Now),
    ("http.requests_per_second", Number(0, 1_000_000), WithHost),
    ("http.connections", Number(1, 1_000_000), Now),
    // No less than what is read at once.
    ("http.header_bytes", Number(8_192, 16 * MIB), Now),
    ("http.header_seconds", Number(1, DAY), Now),
    ("http.require_token", Switch, Now),
    ("http.anonymous_role", Words(&["operator", "user"]), Now),
    ("http.tls.cert", Path, WithHost),
    ("http.tls.key", Path, WithHost),
    ("oauth.issuer", Url, Now),
    ("oauth.audience", Url, Now),
    ("oauth.jwks", Url, Now),
    ("oauth.algorithms", Allowed::Some(&SIGNATURES), Now),
    ("oauth.leeway_seconds", Number(0, 600), Now),
    ("oauth.required_claims", Claims, Now),
    ("entry.deadline_ms", Number(1, HOUR_MS), Now),
    // A page of WebAssembly, and as many as there can be.
    ("entry.memory_bytes", Number(65_536, 4 * GIB), WithPlugin),
    ("entry.crossing_bytes", Number(1_024, GIB), WithHost),
    ("entry.exported_state_bytes", Number(0, 64 * MIB), Now),
    ("entry.fresh_instances", Switch, Now),
    ("mailbox.entries", Number(1, 1_000_000), WithHost),
    ("mailbox.batch", Number(1, 100_000), Now),
    ("mailbox.readers", Number(1, 256), WithHost),
    ("mailbox.wait_seconds", Number(1, DAY), Now),
    ("database.synchronous", Words(&["full", "normal"]), WithHost),
    ("database.cache_kib", Number(1, 16 * MIB), WithHost),
    ("compile.component_bytes", Number(1_024, GIB), WithHost),
    ("compile.seconds", Number(1, DAY), WithHost),
    ("compile.memory_bytes", Number(65_536, 1_024 * GIB), WithHost),
    ("wait.answer_seconds", Number(1, 7 * DAY), Now),
    ("wait.keep_hours", Number(1, 8_760), Now),
    ("wait.rounds", Number(1, 100_000), Now),
    ("swap.policy", Words(&["strict", "append", "force"]), Now),
    ("swap.publish", Words(&["now", "when-idle", "new-sessions"]), Now),
    ("swap.replay", Words(&["report", "require", "off"]), Now),
    ("swap.record", Switch, Now),
    ("swap.recorded_calls", Number(0, 10_000), Now),
    ("swap.recorded_bytes", Number(0, 64 * MIB), Now),
    ("swap.shadow_bytes", Number(0, 1_024 * GIB), Now),
    ("swap.quiesce_ms", Number(1, HOUR_MS), Now),
    ("swap.migrate_seconds", Number(1, DAY), Now),
    // What serves, and what served before it.
    ("swap.keep", Number(2, 1_000), Now),
    ("probation.seconds", Number(0, DAY), Now),
    ("probation.calls", Number(0, 1_000_000_000), Now),
    ("probation.faults", Number(0, 1_000_000), Now),
    ("probation.probe_ms", Number(10, HOUR_MS), Now),
    ("restart.burst", Number(0, 100_000), Now),
    ("restart.burst_seconds", Number(1, DAY), Now),
    ("restart.sustained", Number(0, 100_000), Now),
    ("restart.sustained_seconds", Number(1, 7 * DAY), Now),
    ("restart.poison_seconds", Number(0, DAY), Now),
    ("restart.boots", Number(1, 1_000), WithHost),
    ("watch.settle_ms", Number(1, 60_000), Now),
    ("watch.gone_ms", Number(0, HOUR_MS), Now),
    ("watch.give_up_ms", Number(0, HOUR_MS), Now),
    ("watch.poll", Switch, Now),
    ("watch.poll_ms", Number(10, HOUR_MS), Now),
    ("log.filter", Filter, Now),
    ("reboot.restarts_per_minute", Number(0, 60_000), Now),
    ("reboot.rollbacks_per_minute", Number(0, 60_000), Now),
    ("reboot.status_per_minute", Number(0, 60_000), Now),
    ("reboot.reconnect_tests_per_minute", Number(0, 60_000), Now),
    ("reboot.health_per_minute", Number(0, 60_000), Now),
    ("reboot.stdio_role", Words(&["operator", "user"]), Now),
    ("reboot.output_schemas", Switch, Now),
    ("reboot.check_ms", Number(10, HOUR_MS), Now),
    ("backup.keep", Number(1, 10_000), Now),
    ("snapshot.keep", Number(1, 10_000), Now),
    ("snapshot.bytes", Number(1, GIB), Now),
    ("telemetry.otlp", Address, WithHost),
    ("telemetry.metrics_public", Switch, Now),
];

/// Sections whose keys are not in the table.
pub(super) const SCHEDULE: &str = "schedule";
pub(super) const PLUGINS: &str = "plugins";
/// What `[plugins.NAME]` may have.
pub(super) const OF_PLUGIN: [&str; 3] = ["file", "config", "files"];

/// How alike two names must be for one to be meant by the other.
const ALIKE: f64 = 0.8;

pub(super) fn find(key: &Key) -> Option<&'static (&'static str, Allowed, Applies)> {
    let name = key.parts().join(".");
    KNOWN.iter().find(|(known, ..)| *known == name)
}

/// Whether that is a table of settings and none itself.
pub(super) fn is_section(key: &Key) -> bool {
    match key.parts().as_slice() {
        [] | [PLUGINS] | [PLUGINS, _] | [PLUGINS, _, "config", ..] => true,
        parts => {
            let prefix = parts.join(".") + ".";
            KNOWN.iter().any(|(known, ..)| known.starts_with(&prefix))
        }
    }
}

/// Where `default.toml` has it; what it does not have comes last.
pub(super) fn rank(key: &Key) -> usize {
    let name = key.parts().join(".");
    KNOWN.iter().position(|(known, ..)| *known == name).unwrap_or(KNOWN.len())
}

/// When another value of it applies.
pub(super) fn applies(key: &Key) -> Applies {
    match key.parts().as_slice() {
        [SCHEDULE, ..] => Now,
        [PLUGINS, _, "config", ..] => WithPlugin,
        [PLUGINS, ..] => Now,
        _ => find(key).map_or(WithHost, |(_, _, applies)| *applies),
    }
}

/// The one that was probably meant.
pub(super) fn nearest(key: &Key) -> Option<String> {
    let parts = key.parts();
    let candidates: Vec<String> = match parts.as_slice() {
        [PLUGINS, name, ..] => {
            OF_PLUGIN.iter().map(|of| Key::dotted("plugins").with(name).with(of).to_string()).collect()
        }
        [_] => {
            let sections = KNOWN.iter().filter_map(|(known, ..)| known.split('.').next());
            sections.chain([SCHEDULE, PLUGINS]).map(ToOwned::to_owned).collect()
        }
        _ => KNOWN.iter().map(|(known, ..)| (*known).to_owned()).collect(),
    };
    let last = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
    let (name, own) = (key.to_string(), last(&key.to_string()));
    let likeness = |known: &str| {
        // Of two that are equally alike, the one of the same section is meant.
        let whole = strsim::jaro_winkler(&name, known);
        whole.max(0.99 * strsim::jaro_winkler(&own, &last(known)))
    };
    let scored = candidates.into_iter().map(|known| (likeness(&known), known));
    let best = scored.max_by(|(one, _), (other, _)| one.total_cmp(other))?;
    (best.0 >= ALIKE).then_some(best.1)
}
