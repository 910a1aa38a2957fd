//! What ought to be, for a slot of the family `relay`: rows, versions, what is in memory, and who waits. The whole of it is
//! here, so that it can be seen to be right.

use mainstay_tests::{STEPS, guests};
use proptest::prelude::*;
use proptest_state_machine::ReferenceStateMachine;

/// Versions that may serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    First,
    Next,
    /// Has a schema of its own, and a way back.
    Indexed,
    /// Has one tool more.
    Wider,
}

/// What a call has come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) client: String,
    pub(crate) number: i64,
    /// One of these has written it: it was under way when they took turns.
    pub(crate) by: Vec<Version>,
    /// Nobody was told that it is there: it may not be.
    pub(crate) certain: bool,
}

/// A call that waits.
#[derive(Debug, Clone)]
pub(crate) struct Pending {
    pub(crate) number: i64,
    /// Waits on when the host is gone.
    pub(crate) carried: bool,
}

/// What ought to be.
#[derive(Debug, Clone)]
pub(crate) struct Model {
    /// The versions of all generations, the first of which is 1.
    pub(crate) generations: Vec<Version>,
    pub(crate) rows: Vec<Row>,
    /// What the instance has in memory, and what it began with.
    pub(crate) asked: u64,
    pub(crate) carried: u64,
    pub(crate) pending: Vec<Pending>,
    pub(crate) next: i64,
    /// What came of the last swap.
    pub(crate) outcome: &'static str,
}

/// What can happen.
#[derive(Debug, Clone)]
pub(crate) enum Transition {
    Append,
    /// A call that is cancelled before its turn.
    Cancelled,
    /// A call whose client has gone a moment after.
    Forgotten,
    /// Asks for the version, which counts in memory.
    Ask,
    /// Calls, a swap and calls, all at once.
    Crowd {
        before: usize,
        swap: Swap,
        after: usize,
    },
    Swap(Swap),
    RollBack {
        fails_at: Option<&'static str>,
    },
    /// A call that waits for a word.
    Wait {
        carried: bool,
    },
    /// It gets it.
    Answer(usize),
    /// Nobody will give it one.
    Abandon(usize),
    Restart,
}

#[derive(Debug, Clone)]
pub(crate) struct Swap {
    pub(crate) to: Version,
    pub(crate) force: bool,
    pub(crate) fails_at: Option<&'static str>,
}

impl Version {
    pub(crate) fn component(self) -> &'static str {
        match self {
            Self::First => guests::RELAY,
            Self::Next => guests::RELAY_NEXT,
            Self::Indexed => guests::RELAY_SCHEMA_NEWER_WITH_WAY_BACK,
            Self::Wider => guests::RELAY_ADDS_TOOL,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::First => "1.0.0",
            Self::Next => "2.0.0",
            Self::Indexed => "2.0.0-schema-newer-with-way-back",
            Self::Wider => "2.0.0-adds-tool",
        }
    }
}

impl Model {
    pub(crate) fn serving(&self) -> Version {
        self.generations[self.generations.len() - 1]
    }

    fn append(&mut self, by: &[Version], certain: bool) {
        let (client, number, by) = ("m".to_owned(), self.next, by.to_vec());
        self.rows.push(Row { client, number, by, certain });
        self.next += 1;
    }

    fn commit(&mut self, to: Version) {
        // A version of an older schema does not read what one of a newer has in memory: it takes up what that received.
        if self.serving() == Version::Indexed {
            self.asked = self.carried;
        }
        self.generations.push(to);
        self.carried = self.asked;
        self.outcome = "committed";
    }

    fn swap(&mut self, swap: &Swap) {
        let (from, to) = (self.serving(), swap.to);
        let other_tools = (from == Version::Wider) != (to == Version::Wider);
        self.outcome = match swap.fails_at {
            _ if from == to => "unchanged",
            _ if other_tools && !swap.force => "drift",
            Some(_) => "injected",
            None => return self.commit(to),
        };
    }

    fn roll_back(&mut self, fails_at: Option<&str>) {
        let serving = self.serving();
        let before = self.generations.iter().rev().copied().find(|version| *version != serving);
        self.outcome = match (before, fails_at) {
            (None, _) => "no-such-generation",
            (Some(before), None) => return self.commit(before),
            (Some(_), Some(_)) => "injected",
        };
    }
}

impl ReferenceStateMachine for Model {
    type State = Self;
    type Transition = Transition;

    fn init_state() -> BoxedStrategy<Self> {
        let generations = vec![Version::First];
        let (rows, pending) = (Vec::new(), Vec::new());
        Just(Self { generations, rows, asked: 0, carried: 0, pending, next: 0, outcome: "" }).boxed()
    }

    fn transitions(state: &Self) -> BoxedStrategy<Transition> {
        let waiting = state.pending.len();
        let swap =
            || (versions(), any::<bool>(), steps()).prop_map(|(to, force, fails_at)| Swap { to, force, fails_at });
        let mut any_of = vec![
            (4, Just(Transition::Append).boxed()),
            (1, Just(Transition::Cancelled).boxed()),
            (1, Just(Transition::Forgotten).boxed()),
            (2, Just(Transition::Ask).boxed()),
            (
                3,
                (0..6_usize, swap(), 0..6_usize)
                    .prop_map(|(before, swap, after)| Transition::Crowd { before, swap, after })
                    .boxed(),
            ),
            (4, swap().prop_map(Transition::Swap).boxed()),
            (2, steps().prop_map(|fails_at| Transition::RollBack { fails_at }).boxed()),
            (2, any::<bool>().prop_map(|carried| Transition::Wait { carried }).boxed()),
            (1, Just(Transition::Restart).boxed()),
        ];
        if waiting > 0 {
            any_of.push((3, (0..waiting).prop_map(Transition::Answer).boxed()));
            any_of.push((1, (0..waiting).prop_map(Transition::Abandon).boxed()));
        }
        proptest::strategy::Union::new_weighted(any_of).boxed()
    }

    fn preconditions(state: &Self, transition: &Transition) -> bool {
        match transition {
            Transition::Answer(index) | Transition::Abandon(index) => *index < state.pending.len(),
            // A rollback is the way to an older schema.
            Transition::Swap(swap) | Transition::Crowd { swap, .. } => {
                state.serving() != Version::Indexed || swap.to == Version::Indexed
            }
            _ => true,
        }
    }

    fn apply(mut state: Self, transition: &Transition) -> Self {
        let serving = state.serving();
        match transition {
            Transition::Append => state.append(&[serving], true),
            Transition::Cancelled => state.next += 1,
            Transition::Forgotten => state.append(&[serving], false),
            Transition::Ask => state.asked += 1,
            Transition::Swap(swap) => state.swap(swap),
            Transition::Crowd { before, swap, after } => {
                state.swap(swap);
                let either = [serving, state.serving()];
                (0..before + after).for_each(|_| state.append(&either, true));
            }
            Transition::RollBack { fails_at } => state.roll_back(*fails_at),
            Transition::Wait { carried } => {
                state.pending.push(Pending { number: state.next, carried: *carried });
                state.next += 1;
            }
            Transition::Answer(index) => {
                let Pending { number, .. } = state.pending.remove(*index);
                state.rows.push(Row { client: "word".to_owned(), number, by: vec![serving], certain: true });
            }
            Transition::Abandon(index) => drop(state.pending.remove(*index)),
            Transition::Restart => {
                state.asked = state.carried;
                state.pending.retain(|pending| pending.carried);
            }
        }
        state
    }
}

fn versions() -> impl Strategy<Value = Version> {
    let versions = [(3, Version::First), (3, Version::Next), (3, Version::Indexed), (1, Version::Wider)];
    proptest::strategy::Union::new_weighted(versions.map(|(weight, version)| (weight, Just(version))).to_vec())
}

/// At which step a swap fails, if it does.
fn steps() -> impl Strategy<Value = Option<&'static str>> {
    // Not at the first, which is left out if the version is in memory yet, and not at the last, at which nothing can
    // fail any more.
    proptest::option::weighted(0.3, proptest::sample::select(&STEPS[1..STEPS.len() - 1]))
}
