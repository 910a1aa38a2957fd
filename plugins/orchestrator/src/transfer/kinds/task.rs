//! Tasks, and what belongs to one.

use super::Key::{Number, Text};
use super::{Kind, Of};

pub(super) const TASK: Kind = Kind {
    name: "task",
    fields: &[
        "id",
        "created_at",
        "parent",
        "position",
        "title",
        "type",
        "status",
        "complexity",
        "specialist",
        "effort",
        "due_at",
        "revisions",
        "updated_at",
        "started_at",
        "completed_at",
        "priority",
        "minutes",
        "tail",
        "summary",
        "context",
        "description",
    ],
    keys: &[Number],
    page: "SELECT t.seq AS k1, t.id, t.created_at, p.id AS parent, t.position, t.title, t.type, t.status, t.complexity,
            t.specialist, t.effort, t.due_at, t.revisions, t.updated_at, t.started_at, t.completed_at, w.priority,
            w.minutes, w.tail, t.summary, t.context, t.description
        FROM task AS t JOIN work AS w ON w.task = t.seq LEFT JOIN task AS p ON p.seq = t.parent
        WHERE t.workspace_id = :workspace AND t.seq > :k1 AND t.seq <= :tasks ORDER BY t.seq LIMIT 40",
    window: None,
    needs: &[("parent", Of::Task)],
    there: "SELECT created_at IS :created_at FROM task WHERE workspace_id = :workspace AND id = :id",
    // `seq`, `above` and `path` are no fields: they are found here.
    insert: &[
        "INSERT INTO task (seq, workspace_id, id, parent, path, depth, position, title, type, status, complexity,
            specialist, effort, due_at, revisions, created_at, updated_at, started_at, completed_at, summary, context,
            description)
        VALUES (:seq, :workspace, :id, :above, :path, length(:path) / 8, :position, :title, :type, :status, :complexity,
            :specialist, :effort, :due_at, :revisions, :created_at, :updated_at, :started_at, :completed_at, :summary,
            :context, :description)",
        "UPDATE work SET priority = :priority, minutes = :minutes, tail = :tail WHERE task = :seq",
    ],
};

pub(super) const DEPENDENCY: Kind = Kind {
    name: "dependency",
    fields: &["task", "prerequisite", "type", "input", "waived_at", "waived_by", "reason"],
    keys: &[Number, Number],
    page: "SELECT t.seq AS k1, d.prerequisite AS k2, t.id AS task, p.id AS prerequisite, d.type, d.input, d.waived_at,
            d.waived_by, d.reason
        FROM task AS t JOIN dependency AS d ON d.task = t.seq JOIN task AS p ON p.seq = d.prerequisite
        WHERE t.workspace_id = :workspace AND t.seq >= :k1 AND t.seq <= :upper
            AND (t.seq > :k1 OR d.prerequisite > :k2) AND d.prerequisite <= :tasks
        ORDER BY t.seq, d.prerequisite LIMIT 200",
    window: Some(Of::Task),
    needs: &[("task", Of::Task), ("prerequisite", Of::Task)],
    there: "SELECT 1 FROM dependency
        WHERE task = (SELECT seq FROM task WHERE workspace_id = :workspace AND id = :task)
            AND prerequisite = (SELECT seq FROM task WHERE workspace_id = :workspace AND id = :prerequisite)",
    insert: &["INSERT INTO dependency (task, prerequisite, type, input, waived_at, waived_by, reason)
        VALUES ((SELECT seq FROM task WHERE workspace_id = :workspace AND id = :task),
            (SELECT seq FROM task WHERE workspace_id = :workspace AND id = :prerequisite),
            :type, :input, :waived_at, :waived_by, :reason)"],
};

pub(super) const ATTRIBUTE: Kind = Kind {
    name: "attribute",
    fields: &["task", "name", "type", "value"],
    keys: &[Number, Text],
    page: "SELECT t.seq AS k1, a.name AS k2, t.id AS task, a.name, a.type, a.value
        FROM task AS t JOIN attribute AS a ON a.task = t.seq
        WHERE t.workspace_id = :workspace AND t.seq >= :k1 AND t.seq <= :upper AND (t.seq > :k1 OR a.name > :k2)
        ORDER BY t.seq, a.name LIMIT 200",
    window: Some(Of::Task),
    needs: &[("task", Of::Task)],
    there: "SELECT 1 FROM attribute
        WHERE task = (SELECT seq FROM task WHERE workspace_id = :workspace AND id = :task) AND name = :name",
    insert: &["INSERT INTO attribute (task, name, type, value, workspace_id)
        VALUES ((SELECT seq FROM task WHERE workspace_id = :workspace AND id = :task), :name, :type, :value,
            :workspace)"],
};

pub(super) const ARTIFACT: Kind = Kind {
    name: "artifact",
    fields: &[
        "id",
        "created_at",
        "task",
        "version",
        "type",
        "next_action",
        "name",
        "media_type",
        "bytes",
        "chunks",
        "edition",
        "summary",
        "content",
    ],
    keys: &[Number],
    page:
        "SELECT a.seq AS k1, a.id, a.created_at, t.id AS task, a.version, a.type, a.next_action, a.name, a.media_type,
            a.bytes, a.chunks, a.edition, a.summary, a.content
        FROM artifact AS a JOIN task AS t ON t.seq = a.task
        WHERE a.workspace_id = :workspace AND a.seq > :k1 AND a.seq <= :artifacts AND a.task <= :tasks
        ORDER BY a.seq LIMIT 4",
    window: None,
    needs: &[("task", Of::Task)],
    // One that has grown elsewhere is another: none of what was added there is taken.
    there: "SELECT created_at IS :created_at
            AND coalesce(coalesce(bytes, octet_length(content)) >= coalesce(:bytes, octet_length(:content)), 0)
        FROM artifact WHERE workspace_id = :workspace AND id = :id",
    insert: &["INSERT INTO artifact (workspace_id, id, task, version, type, next_action, created_at, summary, content,
            name, media_type, bytes, chunks, edition)
        VALUES (:workspace, :id, (SELECT seq FROM task WHERE workspace_id = :workspace AND id = :task), :version, :type,
            :next_action, :created_at, :summary, :content, :name, :media_type, :bytes, :chunks,
            :edition)"],
};

pub(super) const ARTIFACT_FILE: Kind = Kind {
    name: "artifact_file",
    fields: &["artifact", "as", "position", "path"],
    keys: &[Number, Text, Number],
    page: "SELECT a.seq AS k1, f.kind AS k2, f.position AS k3, a.id AS artifact, f.kind AS \"as\", f.position, f.path
        FROM artifact AS a JOIN artifact_file AS f ON f.artifact = a.seq
        WHERE a.workspace_id = :workspace AND a.seq >= :k1 AND a.seq <= :upper AND a.task <= :tasks
            AND (a.seq > :k1 OR (f.kind, f.position) > (:k2, :k3))
        ORDER BY a.seq, f.kind, f.position LIMIT 200",
    window: Some(Of::Artifact),
    needs: &[("artifact", Of::Artifact)],
    there: "SELECT 1 FROM artifact_file
        WHERE artifact = (SELECT seq FROM artifact WHERE workspace_id = :workspace AND id = :artifact)
            AND kind = :as AND position = :position",
    insert: &["INSERT INTO artifact_file (artifact, kind, position, path)
        VALUES ((SELECT seq FROM artifact WHERE workspace_id = :workspace AND id = :artifact), :as, :position, :path)"],
};

pub(super) const ARTIFACT_PIECE: Kind = Kind {
    name: "artifact_piece",
    fields: &["artifact", "position", "begins_at", "content"],
    keys: &[Number, Number],
    page: "SELECT a.seq AS k1, c.position AS k2, a.id AS artifact, c.position, c.begins_at, c.content
        FROM artifact AS a JOIN artifact_chunk AS c ON c.artifact = a.seq
        WHERE a.workspace_id = :workspace AND a.seq >= :k1 AND a.seq <= :upper AND a.task <= :tasks
            AND (a.seq > :k1 OR c.position > :k2)
        ORDER BY a.seq, c.position LIMIT 4",
    window: Some(Of::Artifact),
    needs: &[("artifact", Of::Artifact)],
    // The first row counts. A piece behind the last one is none of this artifact.
    there: "SELECT content IS :content FROM artifact_chunk
        WHERE artifact = (SELECT seq FROM artifact WHERE workspace_id = :workspace AND id = :artifact)
            AND position = :position
        UNION ALL
        SELECT 0 FROM artifact WHERE workspace_id = :workspace AND id = :artifact AND chunks < :position",
    insert: &["INSERT INTO artifact_chunk (artifact, position, begins_at, content)
        VALUES ((SELECT seq FROM artifact WHERE workspace_id = :workspace AND id = :artifact), :position, :begins_at,
            :content)"],
};

pub(super) const CLAIM: Kind = Kind {
    name: "claim",
    fields: &["task", "agent", "session", "claimed_at", "until", "renewals"],
    keys: &[Number, Number],
    page: "SELECT c.until AS k1, c.task AS k2, t.id AS task, c.agent, c.session, c.claimed_at, c.until, c.renewals
        FROM claim AS c JOIN task AS t ON t.seq = c.task
        WHERE c.workspace_id = :workspace AND (c.until, c.task) > (:k1, :k2) AND c.task <= :tasks
        ORDER BY c.until, c.task LIMIT 200",
    window: None,
    needs: &[("task", Of::Task)],
    // Of a task that nobody works on any more, nobody needs one.
    there: "SELECT 1 FROM task AS t
        WHERE t.workspace_id = :workspace AND t.id = :task
            AND (t.status NOT IN ('active', 'in_progress')
                OR EXISTS (SELECT 1 FROM claim AS c WHERE c.task = t.seq))",
    insert: &["INSERT INTO claim (task, workspace_id, agent, session, claimed_at, until, renewals)
        VALUES ((SELECT seq FROM task WHERE workspace_id = :workspace AND id = :task), :workspace, :agent, :session,
            :claimed_at, :until, :renewals)"],
};

pub(super) const ARCHIVE: Kind = Kind {
    name: "archive",
    fields: &["task", "reason", "was", "archived_at", "remove_after"],
    keys: &[Number, Number],
    page: "SELECT t.seq AS k1, 1 AS k2, t.id AS task, x.reason, x.was, x.archived_at, x.remove_after
        FROM task AS t JOIN archive AS x ON x.task = t.seq
        WHERE t.workspace_id = :workspace AND t.seq >= :k1 AND t.seq <= :upper AND (t.seq > :k1 OR :k2 = 0)
        ORDER BY t.seq LIMIT 200",
    window: Some(Of::Task),
    needs: &[("task", Of::Task)],
    there: "SELECT 1 FROM archive WHERE task = (SELECT seq FROM task WHERE workspace_id = :workspace AND id = :task)",
    insert: &["INSERT INTO archive (task, workspace_id, reason, was, archived_at, remove_after)
        VALUES ((SELECT seq FROM task WHERE workspace_id = :workspace AND id = :task), :workspace, :reason, :was,
            :archived_at, :remove_after)"],
};

// `again` tells events apart that are alike in everything: how many such came before.
pub(super) const EVENT: Kind = Kind {
    name: "event",
    fields: &["task", "event", "previous", "current", "session", "client", "call", "at", "agent", "note", "again"],
    keys: &[Number],
    page: "SELECT e.seq AS k1, e.task_id AS task, e.kind AS event, e.previous, e.current, e.session, e.client, e.call,
            e.at, e.agent, e.note,
            (SELECT nullif(count(*), 0) FROM event AS f
                WHERE f.workspace_id = e.workspace_id AND f.task_id = e.task_id AND f.seq < e.seq AND f.at = e.at
                    AND f.kind = e.kind AND f.previous IS e.previous AND f.current IS e.current
                    AND f.session = e.session AND f.client = e.client AND f.call = e.call AND f.agent = e.agent
                    AND f.note IS e.note) AS again
        FROM event AS e WHERE e.workspace_id = :workspace AND e.seq > :k1 ORDER BY e.seq LIMIT 100",
    window: None,
    needs: &[("task", Of::FormerTask)],
    there: "SELECT 1 WHERE (SELECT count(*) FROM event
            WHERE workspace_id = :workspace AND task_id = :task AND at = :at AND kind = :event
                AND previous IS :previous AND current IS :current AND session = :session AND client = :client
                AND call = :call AND agent = coalesce(:agent, '') AND note IS :note) > coalesce(:again, 0)",
    insert: &["INSERT INTO event (workspace_id, task_id, kind, previous, current, session, client, call, at, agent,
            note)
        VALUES (:workspace, :task, :event, :previous, :current, :session, :client, :call, :at, coalesce(:agent, ''),
            :note)"],
};
