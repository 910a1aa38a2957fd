use std::sync::Arc;

use parking_lot::Mutex;

use super::{PHASES, Progress, reached};
use crate::model::restart::RestartReason;
use crate::model::swap::SwapPhase;
use crate::plugin::contract::log;
use crate::server::reboot::underway::Restarts;
use crate::swap::Reporter;

#[derive(Default)]
struct Heard(Mutex<Vec<(f64, String)>>);

impl Reporter for Heard {
    fn progress(&self, progress: f64, total: Option<f64>, message: Option<String>) {
        assert_eq!(total, Some(100.0));
        self.0.lock().push((progress, message.unwrap()));
    }

    fn log(&self, _: log::Level, _: String) {}
}

fn progress(part: (usize, usize)) -> (Arc<Heard>, Restarts, Progress) {
    let (heard, restarts) = (Arc::new(Heard::default()), Restarts::default());
    let slot: crate::model::SlotName = "a".parse().unwrap();
    let underway = restarts.begin(&slot, RestartReason::ManualRequest.as_str());
    let progress = Progress::new(Arc::clone(&heard) as Arc<_>, slot, part, underway);
    (heard, restarts, progress)
}

#[test]
fn phases_that_were_skipped_are_told_in_order_and_none_twice() {
    let (heard, restarts, mut progress) = progress((0, 1));
    for phase in [SwapPhase::Staging, SwapPhase::Transferring, SwapPhase::Quiescing, SwapPhase::Transferring] {
        progress.reach(reached(phase).unwrap());
    }
    assert_eq!(restarts.running()[0].phase, 3);
    progress.reach(PHASES.len() - 1);
    progress.reach(PHASES.len() - 1);
    let heard = heard.0.lock();
    let percentages: Vec<_> = heard.iter().map(|(percentage, _)| *percentage).collect();
    assert_eq!(percentages, [10.0, 40.0, 50.0, 65.0, 80.0, 90.0, 100.0]);
    for ((name, ..), (_, message)) in PHASES.iter().zip(heard.iter()) {
        assert!(message.starts_with(&format!("{name}: a, ")), "{message}");
    }
}

#[test]
fn what_was_before_is_not_taken_for_progress() {
    assert_eq!((reached(SwapPhase::Idle), reached(SwapPhase::Probation)), (None, None));
    let on_the_way = SwapPhase::ORDER.into_iter().filter_map(reached).collect::<Vec<_>>();
    assert!(on_the_way.is_sorted() && on_the_way.len() == 4);
}

#[test]
fn of_several_each_has_its_part() {
    let (heard, _restarts, mut first) = progress((0, 2));
    first.reach(PHASES.len() - 1);
    assert_eq!(ends(&heard), (5.0, 50.0));
    let (heard, _restarts, mut second) = progress((1, 2));
    second.reach(PHASES.len() - 1);
    assert_eq!(ends(&heard), (55.0, 100.0));
}

fn ends(heard: &Heard) -> (f64, f64) {
    let heard = heard.0.lock();
    (heard[0].0, heard[6].0)
}
