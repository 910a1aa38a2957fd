//! Calls, swaps, rollbacks, waits and restarts in any order, against a model: what it says is there is there, and what it
//! says answers does.
//!
//! Few cases by default; `PROPTEST_CASES` asks for more.

use std::ops::Range;
use std::sync::{Arc, MutexGuard};
use std::time::{Duration, Instant};

use futures::future::{join, join_all};
use mainstay::model::swap::{SwapOutcome, SwapReport};
use mainstay::plugin::{EntryError, KillSwitch};
use mainstay::swap::{Outcome, SlotError, Waiting};
use mainstay_tests::{Host, guests};
use proptest::prelude::ProptestConfig;
use proptest_state_machine::{StateMachineTest, prop_state_machine};
use serde_json::{Value, json};

use crate::PROGRAM;
use crate::inside::{Inside, alone, runtime};
use crate::model::{Model, Row, Swap, Transition, Version};

/// Cases, unless there is a wish.
const CASES: u32 = 24;

prop_state_machine! {
    #![proptest_config(config())]
    #[test]
    fn claim_0_31_what_the_model_says_is_there_is_there(sequential 1..30 => Sut);
}

fn config() -> ProptestConfig {
    let config = ProptestConfig { failure_persistence: None, max_shrink_iters: 200, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_CASES").is_some() { config } else { ProptestConfig { cases: CASES, ..config } }
}

/// The real thing.
struct Sut {
    _alone: MutexGuard<'static, ()>,
    data: Host,
    inside: Option<Inside>,
    pending: Vec<(Waiting, bool)>,
}

impl StateMachineTest for Sut {
    type SystemUnderTest = Self;
    type Reference = Model;

    fn init_test(_: &Model) -> Self {
        let alone = alone();
        let all = [Version::First, Version::Next, Version::Indexed, Version::Wider].map(Version::component);
        let data = PROGRAM.host(guests::RELAY).and_then(|host| host.knowing(&all)).expect("guests that compile");
        let inside = Some(open(&data));
        Self { _alone: alone, data, inside, pending: Vec::new() }
    }

    fn apply(mut sut: Self, model: &Model, transition: Transition) -> Self {
        match transition {
            Transition::Restart => sut.restart(model),
            other => runtime().block_on(sut.happens(model, other)),
        }
        sut
    }

    fn check_invariants(sut: &Self, model: &Model) {
        runtime().block_on(sut.is_as(model));
    }
}

impl Sut {
    fn inside(&self) -> &Inside {
        self.inside.as_ref().expect("it is open between restarts")
    }

    async fn happens(&mut self, model: &Model, transition: Transition) {
        match transition {
            Transition::Append => {
                let answer = self.append(model.next - 1).await.expect("a call that goes well");
                assert_eq!(answer["version"], model.serving().name());
            }
            Transition::Cancelled => {
                let kill = KillSwitch::default();
                kill.kill();
                let row = json!({ "client": "m", "number": model.next - 1 });
                let outcome = self.inside().begin("append", row, false, kill).await;
                assert!(matches!(outcome, Err(SlotError::Entry(EntryError::Killed))), "{outcome:?}");
            }
            Transition::Forgotten => {
                let mut forgotten = Box::pin(self.append(model.next - 1));
                drop(futures::poll!(&mut forgotten));
                // It has run when the next call has: stopped on its way, it would cost what the instance has in memory.
                self.inside().call("same", json!({ "text": "behind it" })).await.expect("a call that goes well");
            }
            Transition::Ask => {
                let answer = self.inside().call("version", json!({})).await.expect("a call that goes well");
                assert_eq!(answer, json!({ "version": model.serving().name(), "asked": model.asked }));
            }
            Transition::Swap(swap) => self.swap(&swap, model).await,
            Transition::Crowd { before, swap, after } => {
                let first = model.next - i64::try_from(before + after).expect("few");
                let split = first + i64::try_from(before).expect("few");
                let calls = |numbers: Range<i64>| join_all(numbers.map(|number| self.append(number)));
                let (earlier, ((), later)) =
                    join(calls(first..split), join(self.swap(&swap, model), calls(split..model.next))).await;
                earlier.into_iter().chain(later).for_each(|answer| drop(answer.expect("a call that goes well")));
            }
            Transition::RollBack { fails_at } => {
                let _failing = Failing::at(fails_at);
                came_to(&self.inside().roll_back(true).await, model);
            }
            Transition::Wait { carried } => {
                let number = json!({ "number": model.next - 1 });
                match self.inside().begin("wait_for_word", number, carried, KillSwitch::default()).await {
                    Ok(Outcome::Waiting(waiting)) => self.pending.push((waiting, carried)),
                    other => panic!("it does not wait: {other:?}"),
                }
            }
            Transition::Answer(index) => {
                let (waiting, carried) = self.pending.remove(index);
                let heard = self.inside().give_word(&waiting, "word", carried).await.expect("a call that waits");
                assert_eq!(heard["heard_by"], model.serving().name());
                let again = self.inside().give_word(&waiting, "word", carried).await;
                assert!(matches!(again, Err(SlotError::NoSuchWait)), "answered twice: {again:?}");
            }
            Transition::Abandon(index) => {
                let (waiting, carried) = self.pending.remove(index);
                self.inside().abandon(&waiting);
                let late = self.inside().give_word(&waiting, "word", carried).await;
                assert!(matches!(late, Err(SlotError::NoSuchWait)), "nobody waits: {late:?}");
            }
            Transition::Restart => unreachable!("it is not for a runtime to end what runs in it"),
        }
    }

    async fn append(&self, number: i64) -> Result<Value, SlotError> {
        self.inside().call("append", json!({ "client": "m", "number": number })).await
    }

    async fn swap(&self, swap: &Swap, model: &Model) {
        let _failing = Failing::at(swap.fails_at);
        came_to(&self.inside().swap(swap.to.component(), swap.force).await, model);
    }

    fn restart(&mut self, model: &Model) {
        drop(self.inside.take());
        self.inside = Some(open(&self.data));
        let (kept, gone) = std::mem::take(&mut self.pending).into_iter().partition(|(_, carried)| *carried);
        self.pending = kept;
        for (waiting, carried) in gone {
            let late = runtime().block_on(self.inside().give_word(&waiting, "word", carried));
            assert!(matches!(late, Err(SlotError::NoSuchWait)), "whoever waited is gone: {late:?}");
        }
        assert_eq!(self.pending.len(), model.pending.len());
    }

    /// Rows, version, generation and list are as the model says.
    async fn is_as(&self, model: &Model) {
        let listed = self.inside().call("list", json!({})).await.expect("a list");
        let rows: Vec<(String, i64, String)> = serde_json::from_value(listed["rows"].clone()).expect("rows");
        are_there(&rows, &model.rows);
        let status = self.inside().slots().status().await.remove(0);
        let serving = status.serving.expect("one serves");
        assert_eq!(serving.version, model.serving().name());
        assert_eq!(serving.generation.map(|generation| generation.0), u64::try_from(model.generations.len()).ok());
        assert_eq!(status.stalled, None);
        assert_eq!(status.waiting, u64::try_from(model.pending.len()).expect("few"));
        let published = self.inside().slots().published_now().expect("a list");
        assert_eq!(published.find("greet").is_some(), model.serving() == Version::Wider);
        assert_eq!(published.tools.len(), if model.serving() == Version::Wider { 8 } else { 7 });
    }
}

/// In that order, once each, by one of the versions it may be by, and no version after one that followed it.
fn are_there(rows: &[(String, i64, String)], expected: &[Row]) {
    let mut rows = rows.iter().peekable();
    for row in expected {
        let (client, number) = (&row.client, row.number);
        let Some((_, _, by)) = rows.next_if(|found| (&found.0, found.1) == (client, number)) else {
            assert!(!row.certain, "{client} {number} is not where it ought to be; there is {:?}", rows.peek());
            continue;
        };
        assert!(row.by.iter().any(|version| version.name() == by), "{client} {number} is by {by}, not {:?}", row.by);
    }
    assert!(rows.peek().is_none(), "nobody has appended {:?}", rows.peek());
}

fn came_to(report: &Arc<SwapReport>, model: &Model) {
    let outcome = match &report.outcome {
        SwapOutcome::Committed => "committed",
        SwapOutcome::Unchanged => "unchanged",
        SwapOutcome::Refused(refusal) => &refusal.code,
        other => panic!("neither done nor refused: {other:?}"),
    };
    assert_eq!(outcome, model.outcome, "{report:?}");
}

/// The host before may be giving up its lock at this moment.
fn open(data: &Host) -> Inside {
    let until = Instant::now() + Duration::from_secs(10);
    loop {
        match runtime().block_on(Inside::open(data, guests::RELAY)) {
            Ok(inside) => return inside,
            Err(error) if Instant::now() > until => panic!("{error:?}"),
            Err(_) => std::thread::sleep(Duration::from_millis(1)),
        }
    }
}

/// While this lives swaps fail at a step.
struct Failing(Option<String>);

impl Failing {
    fn at(step: Option<&str>) -> Self {
        let point = step.map(|step| format!("swap::{step}"));
        if let Some(point) = &point {
            fail::cfg(point, "return").expect("a fail point");
        }
        Self(point)
    }
}

impl Drop for Failing {
    fn drop(&mut self) {
        if let Some(point) = &self.0 {
            fail::remove(point);
        }
    }
}
