//! What belongs to a workspace as a whole.

use super::Key::{Number, Text};
use super::Kind;

// The roles file of a workspace is no part of it: it is read again where it is.
pub(super) const WORKSPACE: Kind = Kind {
    name: "workspace",
    fields: &["path", "created_at"],
    keys: &[Number],
    page: "SELECT id AS k1, path, created_at FROM workspace WHERE id = :workspace AND id > :k1",
    window: None,
    needs: &[],
    there: "SELECT 1 FROM workspace WHERE path = :path",
    insert: &[],
};

pub(super) const SESSION: Kind = Kind {
    name: "session",
    fields: &["id", "client", "created_at", "last_active_at", "resumed", "ended_at"],
    keys: &[Number, Number],
    page: "SELECT last_active_at AS k1, seq AS k2, id, client, created_at, last_active_at, resumed, ended_at
        FROM session WHERE workspace_id = :workspace AND (last_active_at, seq) > (:k1, :k2)
        ORDER BY last_active_at, seq LIMIT 200",
    window: None,
    needs: &[],
    there: "SELECT workspace_id = :workspace FROM session WHERE id = :id",
    insert: &["INSERT INTO session (id, workspace_id, client, created_at, last_active_at, resumed, ended_at)
        VALUES (:id, :workspace, :client, :created_at, :last_active_at, :resumed, :ended_at)"],
};

pub(super) const MAINTENANCE: Kind = Kind {
    name: "maintenance",
    fields: &["id", "action", "scope", "level", "at", "summary"],
    keys: &[Number],
    page: "SELECT seq AS k1, id, action, scope, level, at, summary
        FROM maintenance WHERE workspace_id = :workspace AND seq > :k1 ORDER BY seq LIMIT 50",
    window: None,
    needs: &[],
    there: "SELECT workspace_id = :workspace FROM maintenance WHERE id = :id",
    insert: &["INSERT INTO maintenance (id, workspace_id, action, scope, level, at, summary)
        VALUES (:id, :workspace, :action, :scope, :level, :at, :summary)"],
};

const TEMPLATE_FIELDS: &[&str] =
    &["id", "category", "name", "version", "hash", "created_at", "updated_at", "used", "about", "content"];

pub(super) const TEMPLATE: Kind = Kind {
    name: "template",
    fields: TEMPLATE_FIELDS,
    keys: &[Text, Text],
    page: "SELECT category AS k1, id AS k2, id, category, name, version, hash, created_at, updated_at, used,
            about, content
        FROM template WHERE workspace_id = :workspace AND (category, id) > (:k1, :k2) AND category <> 'builtin'
        ORDER BY category, id LIMIT 8",
    window: None,
    needs: &[],
    there: "SELECT hash IS :hash FROM template WHERE workspace_id = :workspace AND category = :category AND id = :id",
    insert: &["INSERT INTO template (workspace_id, id, category, name, version, hash, created_at, updated_at, used,
            about, content)
        VALUES (:workspace, :id, :category, :name, :version, :hash, :created_at, :updated_at, :used, :about,
            :content)"],
};

/// Belongs to all workspaces, so it comes with each.
pub(super) const SHARED_TEMPLATE: Kind = Kind {
    name: "shared_template",
    fields: TEMPLATE_FIELDS,
    keys: &[Text, Text],
    page: "SELECT category AS k1, id AS k2, id, category, name, version, hash, created_at, updated_at, used,
            about, content
        FROM template WHERE workspace_id = 0 AND (category, id) > (:k1, :k2) AND category <> 'builtin'
        ORDER BY category, id LIMIT 8",
    window: None,
    needs: &[],
    there: "SELECT hash IS :hash FROM template WHERE workspace_id = 0 AND category = :category AND id = :id",
    insert: &["INSERT INTO template (workspace_id, id, category, name, version, hash, created_at, updated_at, used,
            about, content)
        VALUES (0, :id, :category, :name, :version, :hash, :created_at, :updated_at, :used, :about,
            :content)"],
};

pub(super) const DOCUMENT: Kind = Kind {
    name: "document",
    fields: &["name", "title", "content", "updated_at"],
    keys: &[Text],
    page: "SELECT name AS k1, name, title, content, updated_at
        FROM document WHERE workspace_id = :workspace AND name > :k1 ORDER BY name LIMIT 8",
    window: None,
    needs: &[],
    there: "SELECT 1 FROM document WHERE workspace_id = :workspace AND name = :name",
    insert: &["INSERT INTO document (workspace_id, name, title, content, updated_at)
        VALUES (:workspace, :name, :title, :content, :updated_at)"],
};

pub(super) const PACE: Kind = Kind {
    name: "pace",
    fields: &["specialist", "complexity", "tasks", "took", "estimated", "actual"],
    keys: &[Text, Text],
    page: "SELECT specialist AS k1, complexity AS k2, specialist, complexity, tasks, took, estimated, actual
        FROM pace WHERE workspace_id = :workspace AND (specialist, complexity) > (:k1, :k2)
        ORDER BY specialist, complexity LIMIT 200",
    window: None,
    needs: &[],
    there: "SELECT 1 FROM pace
        WHERE workspace_id = :workspace AND specialist = :specialist AND complexity = :complexity",
    insert: &["INSERT INTO pace (workspace_id, specialist, complexity, tasks, took, estimated, actual)
        VALUES (:workspace, :specialist, :complexity, :tasks, :took, :estimated, :actual)"],
};

pub(super) const IMPORTED: Kind = Kind {
    name: "imported",
    fields: &["key", "source", "of", "target"],
    keys: &[Text, Text, Text],
    page: "SELECT source AS k1, kind AS k2, key AS k3, key, source, kind AS \"of\", target
        FROM imported WHERE workspace_id = :workspace AND (source, kind, key) > (:k1, :k2, :k3) AND source <> 'mainstay'
        ORDER BY source, kind, key LIMIT 200",
    window: None,
    needs: &[],
    there: "SELECT 1 FROM imported
        WHERE workspace_id = :workspace AND source = :source AND kind = :of AND key = :key",
    insert: &["INSERT INTO imported (workspace_id, source, kind, key, target)
        VALUES (:workspace, :source, :of, :key, :target)"],
};
