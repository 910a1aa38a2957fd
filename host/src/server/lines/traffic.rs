//! What a client has said that still counts, and what it waits for: enough to go on with it elsewhere.
//!
//! A client's connection outlives the process image, or the process, that answers it. Whoever goes on with it is told
//! again what the client has said for good (who it is, how much it wants to hear, what it has subscribed to), without the
//! client hearing the answers twice, and then what it still waits for.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use rmcp::model::{
    RequestId, ResourceUpdatedNotification, ResourceUpdatedNotificationParam, ServerJsonRpcMessage, ServerNotification,
};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

/// What one message of a client's is, as far as it matters here.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Said<'a> {
    Request {
        id: RequestId,
        kind: Kind<'a>,
    },
    /// `notifications/initialized`.
    Ready,
    /// `notifications/cancelled`.
    Cancelled(RequestId),
    /// All else.
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind<'a> {
    /// `initialize`.
    Hello,
    /// `logging/setLevel`.
    Level,
    /// `resources/subscribe`, to what.
    Subscribe(&'a str),
    /// `resources/unsubscribe`, from what.
    Unsubscribe(&'a str),
    /// `subscriptions/listen`: the request stays open.
    Listen,
    /// `tools/call`: what may not be done twice.
    Call,
    /// A request that may be repeated.
    Other,
}

/// What counts for as long as the client is there: its own lines.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Standing {
    hello: Option<Line>,
    ready: bool,
    level: Option<Line>,
    /// By what was subscribed to.
    subscriptions: BTreeMap<String, Line>,
    listens: Vec<Line>,
}

/// A line, and the id of the request it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Line {
    id: RequestId,
    text: String,
    /// Of a subscription: the client knows that it has begun.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    acknowledged: bool,
}

/// A request that has no answer yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Open {
    pub(crate) id: RequestId,
    pub(crate) is_call: bool,
    /// None if it is not to be said again.
    pub(crate) text: Option<String>,
}

/// What goes on between a client and whoever answers it.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    standing: Standing,
    open: HashMap<RequestId, (u64, Open)>,
    count: u64,
    /// Questions of the server's that the client has not answered.
    asked: HashSet<RequestId>,
    /// Nothing more is for the client: somebody else answers it.
    closed: bool,
    /// Something was answered.
    answered: Arc<Notify>,
}

/// What has to be said to whoever goes on with a client.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Again {
    /// In this order.
    pub(crate) lines: Vec<String>,
    pub(crate) known: Known,
}

/// What a client has heard already of what is said again for it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Known {
    /// Whose answers it has had, and the resource that it subscribed to by that.
    answered: HashMap<RequestId, Option<String>>,
    /// Those whose acknowledgment it has had.
    acknowledged: HashSet<RequestId>,
}

/// What a client hears of an answer.
#[derive(Debug)]
pub(crate) enum Hears {
    Answer,
    /// It has had the answer, and nobody has told it meanwhile of what it subscribed to.
    Instead(Box<ServerJsonRpcMessage>),
    Nothing,
}

impl Traffic {
    pub(crate) fn new(standing: Standing) -> Self {
        Self { standing, ..Self::default() }
    }

    /// The client has said something. With `keep`, a request's text is remembered until it is answered.
    pub(crate) fn heard(&mut self, said: &Said<'_>, line: &[u8], keep: bool) {
        let text = || String::from_utf8_lossy(line).into_owned();
        let (id, kind) = match said {
            Said::Request { id, kind } => (id, *kind),
            Said::Ready => {
                self.standing.ready = true;
                return;
            }
            Said::Cancelled(id) => {
                self.open.remove(id);
                self.answered.notify_one();
                self.standing.listens.retain(|listen| listen.id != *id);
                return;
            }
            Said::Other => return,
        };
        let standing = || Line { id: id.clone(), text: text(), acknowledged: false };
        match kind {
            Kind::Hello => self.standing.hello = Some(standing()),
            Kind::Level => self.standing.level = Some(standing()),
            Kind::Subscribe(to) => drop(self.standing.subscriptions.insert(to.to_owned(), standing())),
            Kind::Unsubscribe(from) => drop(self.standing.subscriptions.remove(from)),
            Kind::Listen => {
                self.standing.listens.push(standing());
                return;
            }
            Kind::Call | Kind::Other => {}
        }
        let open = Open { id: id.clone(), is_call: kind == Kind::Call, text: keep.then(text) };
        self.count += 1;
        self.open.insert(id.clone(), (self.count, open));
    }

    /// An answer is on its way. Whether it is for the client.
    pub(crate) fn answers(&mut self, id: &RequestId) -> bool {
        if self.closed {
            return false;
        }
        if self.open.remove(id).is_none() {
            self.standing.listens.retain(|listen| listen.id != *id);
        }
        self.answered.notify_one();
        true
    }

    /// A question or a notification is on its way. Whether it is for the client.
    pub(crate) fn asks(&mut self, id: Option<&RequestId>) -> bool {
        if let Some(id) = id.filter(|_| !self.closed) {
            self.asked.insert(id.clone());
        }
        !self.closed
    }

    /// The client is told that its subscription has begun.
    pub(crate) fn acknowledges(&mut self, id: &RequestId) {
        if let Some(listen) = self.standing.listens.iter_mut().find(|listen| listen.id == *id) {
            listen.acknowledged = true;
        }
    }

    /// What the client waits for since it was answered elsewhere.
    pub(crate) fn reopen(&mut self, open: &[Open]) {
        for open in open {
            self.count += 1;
            self.open.insert(open.id.clone(), (self.count, open.clone()));
        }
    }

    /// A question is taken back. Whether that is for the client, which then has not to be told again.
    pub(crate) fn withdraws(&mut self, id: &RequestId) -> bool {
        if !self.closed {
            self.asked.remove(id);
        }
        !self.closed
    }

    /// The client has answered a question.
    pub(crate) fn replied(&mut self, id: &RequestId) {
        self.asked.remove(id);
    }

    /// Whether nothing is to be answered.
    pub(crate) fn is_quiet(&self) -> bool {
        self.open.is_empty()
    }

    /// Told when something was answered. Keeps one notice.
    pub(crate) fn changes(&self) -> Arc<Notify> {
        Arc::clone(&self.answered)
    }

    /// From now on nothing is for the client.
    pub(crate) fn close(&mut self) {
        self.closed = true;
    }

    pub(crate) fn standing(&self) -> &Standing {
        &self.standing
    }

    /// What the client waits for, in the order in which it asked, and which questions it was asked. Both are somebody
    /// else's from now on.
    pub(crate) fn take_open(&mut self) -> (Vec<Open>, Vec<RequestId>) {
        self.closed = false;
        let mut open: Vec<_> = self.open.drain().map(|(_, open)| open).collect();
        open.sort_unstable_by_key(|(number, _)| *number);
        (open.into_iter().map(|(_, open)| open).collect(), self.asked.drain().collect())
    }
}

impl Standing {
    /// What to say to whoever goes on, if the client still waits for the answers to `open`.
    pub(crate) fn again(&self, open: &[Open]) -> Again {
        let mut again = Again::default();
        let is_open = |line: &Line| open.iter().any(|open| open.id == line.id);
        let subscriptions = self.subscriptions.iter().map(|(uri, line)| (line, Some(uri)));
        let once = self.hello.iter().chain(&self.level).map(|line| (line, None)).chain(subscriptions);
        for (line, uri) in once.filter(|(line, _)| !is_open(line)) {
            let is_hello = self.hello.as_ref() == Some(line);
            again.lines.push(line.text.clone());
            again.known.answered.insert(line.id.clone(), uri.cloned());
            if is_hello && self.ready {
                again.lines.push(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#.to_owned());
            }
        }
        for listen in &self.listens {
            again.lines.push(listen.text.clone());
            if listen.acknowledged {
                again.known.acknowledged.insert(listen.id.clone());
            }
        }
        again.lines.extend(open.iter().filter_map(|open| open.text.clone()));
        again
    }
}

impl Known {
    /// An answer is on its way. What the client is to hear of it.
    pub(super) fn answers(&mut self, id: &RequestId, traffic: &mut Traffic) -> Hears {
        match self.answered.remove(id) {
            None if traffic.answers(id) => Hears::Answer,
            Some(Some(uri)) if traffic.asks(None) => Hears::Instead(Box::new(may_have_changed(uri))),
            _ => Hears::Nothing,
        }
    }

    /// The client is told that its subscription has begun. Whether that is new to it.
    pub(super) fn acknowledges(&mut self, id: &RequestId, traffic: &mut Traffic) -> bool {
        traffic.acknowledges(id);
        !self.acknowledged.remove(id)
    }
}

fn may_have_changed(uri: String) -> ServerJsonRpcMessage {
    let updated = ResourceUpdatedNotification::new(ResourceUpdatedNotificationParam::new(uri));
    ServerJsonRpcMessage::notification(ServerNotification::ResourceUpdatedNotification(updated))
}

#[cfg(test)]
mod tests;
