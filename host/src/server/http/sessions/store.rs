//! What rmcp asks of a store of sessions: after a restart of the host their ids are still good.

use std::pin::Pin;
use std::sync::Arc;

use rmcp::transport::streamable_http_server::session::{SessionId, SessionState, SessionStore, SessionStoreError};

use super::{Sessions, asks, epoch, key_of};
use crate::server::http::asking;
use crate::server::http::refusal::Refusal;
use crate::server::session::names;
use crate::store::HttpSession;

type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, SessionStoreError>> + Send + 'a>>;

impl SessionStore for Sessions {
    fn load<'life0, 'life1, 'async_trait>(&'life0 self, id: &'life1 str) -> Answer<'async_trait, Option<SessionState>>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(async move {
            let id = SessionId::from(id);
            let kept = self.journal.session(key_of(&id)).await?;
            let Some(kept) = kept.filter(|kept| asks(&kept.principal)) else { return Ok(None) };
            Ok(Some(SessionState::new(serde_json::from_str(&kept.params)?)))
        })
    }

    /// Comes back when it is on disk. Then `initialize` is answered.
    fn store<'life0, 'life1, 'life2, 'async_trait>(
        &'life0 self,
        id: &'life1 str,
        state: &'life2 SessionState,
    ) -> Answer<'async_trait, ()>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        'life2: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(async move {
            let id = SessionId::from(id);
            // A client that was refused has no session to come back to.
            let Some(session) = self.find(&id).filter(|session| session.is_agreed()) else { return Ok(()) };
            let now = epoch();
            let idle = u64::try_from(self.live.get().http.session_idle().as_millis()).unwrap_or(u64::MAX / 4);
            let mut params = state.initialize_params.clone();
            let info = &mut params.client_info;
            (info.name, info.version) = names(info.clone());
            let kept = HttpSession {
                key: session.key,
                principal: session.principal.clone(),
                params: serde_json::to_string(&params)?,
                // It has only just come.
                log_level: None,
                opened_at: session.opened_at,
                last_seen: now,
                expires: now.saturating_add(idle),
            };
            Ok(self.journal.keep_session(kept).await?)
        })
    }

    /// A client ends its session, which is in memory no more.
    fn delete<'life0, 'life1, 'async_trait>(&'life0 self, id: &'life1 str) -> Answer<'async_trait, ()>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(async move {
            let key = key_of(&SessionId::from(id));
            match self.journal.session(key).await?.filter(|kept| asks(&kept.principal)) {
                Some(_) => self.journal.forget(key).await,
                None => asking::refuse(Refusal::no_session()),
            }
            Ok(())
        })
    }
}

impl Sessions {
    /// As rmcp takes it.
    pub(in crate::server::http) fn as_store(self: &Arc<Self>) -> Arc<dyn SessionStore> {
        Arc::clone(self) as Arc<dyn SessionStore>
    }
}
