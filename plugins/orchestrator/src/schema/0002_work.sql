-- Order and figures of the work, dependencies of every type, and everything beside tasks: claims, attributes,
-- sessions, templates, roles, what maintenance did. As before nothing is counted by reading.

-- What is known of a task beside its text. A table of its own, because SQLite reads a row from the front and
-- descriptions are long.
CREATE TABLE work (
    task INTEGER PRIMARY KEY REFERENCES task (seq) ON DELETE CASCADE,
    workspace_id INTEGER NOT NULL REFERENCES workspace (id),
    -- 0 lowest to 4 urgent.
    priority INTEGER NOT NULL DEFAULT 2 CHECK (priority BETWEEN 0 AND 4),
    -- The estimated effort, as far as its text says a time.
    minutes INTEGER CHECK (minutes BETWEEN 1 AND 5256000),
    -- Minutes of the longest chain of work that begins with the task and goes on in what depends on it.
    tail INTEGER NOT NULL DEFAULT 0 CHECK (tail >= 0),
    -- Tasks below it at any depth, and those of them that are not settled.
    below INTEGER NOT NULL DEFAULT 0 CHECK (below >= 0),
    open_below INTEGER NOT NULL DEFAULT 0 CHECK (open_below BETWEEN 0 AND below),
    -- Parts of it that are settled and satisfy nobody: the rest of the settled ones are completed.
    given_up INTEGER NOT NULL DEFAULT 0 CHECK (given_up >= 0)
) STRICT;

CREATE INDEX work_by_priority ON work (workspace_id, priority DESC, task);

-- What is ready, most important first: urgent before long chains before old.
CREATE TABLE queue (
    task INTEGER PRIMARY KEY REFERENCES task (seq) ON DELETE CASCADE,
    workspace_id INTEGER NOT NULL,
    parent INTEGER,
    specialist TEXT NOT NULL,
    priority INTEGER NOT NULL,
    tail INTEGER NOT NULL
) STRICT;

CREATE INDEX queue_order ON queue (workspace_id, priority DESC, tail DESC, task);
CREATE INDEX queue_order_of_role ON queue (workspace_id, specialist, priority DESC, tail DESC, task);
CREATE INDEX queue_order_in_plan ON queue (parent, priority DESC, tail DESC, task);

-- The depths a task can have above it; triggers cannot count by themselves.
CREATE TABLE level (n INTEGER PRIMARY KEY) STRICT;
INSERT INTO level (n)
    WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 31) SELECT n FROM counted;

-- A task that an agent works on, until it is handed in or the time is over.
CREATE TABLE claim (
    task INTEGER PRIMARY KEY REFERENCES task (seq) ON DELETE CASCADE,
    workspace_id INTEGER NOT NULL REFERENCES workspace (id),
    agent TEXT NOT NULL CHECK (length(agent) BETWEEN 1 AND 128),
    session TEXT NOT NULL,
    claimed_at INTEGER NOT NULL,
    until INTEGER NOT NULL,
    renewals INTEGER NOT NULL DEFAULT 0 CHECK (renewals >= 0)
) STRICT;

CREATE INDEX claim_by_end ON claim (workspace_id, until);
CREATE INDEX claim_by_agent ON claim (workspace_id, agent, until);

CREATE TABLE attribute (
    task INTEGER NOT NULL REFERENCES task (seq) ON DELETE CASCADE,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    type TEXT NOT NULL CHECK (type IN ('string', 'number', 'boolean', 'date', 'json', 'reference')),
    value TEXT NOT NULL CHECK (length(value) <= 4000),
    workspace_id INTEGER NOT NULL REFERENCES workspace (id),
    PRIMARY KEY (task, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX attribute_by_value ON attribute (workspace_id, name, value, task);

-- Why the task waits, and what it is given. A dependency that is waived, or only related, holds nothing up.
ALTER TABLE dependency ADD COLUMN type TEXT NOT NULL DEFAULT 'completion'
    CHECK (type IN ('completion', 'data', 'approval', 'prerequisite', 'blocks', 'related'));
-- Of type data: what the prerequisite's artifact is called in the briefing.
ALTER TABLE dependency ADD COLUMN input TEXT CHECK (length(input) <= 64);
ALTER TABLE dependency ADD COLUMN waived_at INTEGER;
ALTER TABLE dependency ADD COLUMN waived_by TEXT;
ALTER TABLE dependency ADD COLUMN reason TEXT CHECK (length(reason) <= 1000);
ALTER TABLE dependency ADD COLUMN binds INTEGER
    GENERATED ALWAYS AS (type <> 'related' AND waived_at IS NULL) VIRTUAL;

-- `content` is the first piece; the rest is in pieces of at most 64 KiB. A delivery has no name; what is written
-- beside it has one.
ALTER TABLE artifact ADD COLUMN name TEXT CHECK (length(name) BETWEEN 1 AND 255);
-- `version` counts all artifacts of the task, this those of the same name; none is the same as `version`.
ALTER TABLE artifact ADD COLUMN edition INTEGER CHECK (edition > 0);
CREATE INDEX artifact_by_name ON artifact (task, name, version);
ALTER TABLE artifact ADD COLUMN media_type TEXT NOT NULL DEFAULT 'text/markdown' CHECK (length(media_type) <= 127);
-- Bytes of all pieces; none for what was stored before there were pieces.
ALTER TABLE artifact ADD COLUMN bytes INTEGER CHECK (bytes >= 0);
ALTER TABLE artifact ADD COLUMN chunks INTEGER NOT NULL DEFAULT 0 CHECK (chunks >= 0);

CREATE TABLE artifact_chunk (
    artifact INTEGER NOT NULL REFERENCES artifact (seq) ON DELETE CASCADE,
    -- From 1; piece 0 is in `artifact`.
    position INTEGER NOT NULL CHECK (position > 0),
    -- Bytes before this piece.
    begins_at INTEGER NOT NULL CHECK (begins_at >= 0),
    content TEXT NOT NULL,
    PRIMARY KEY (artifact, position)
) STRICT;

CREATE INDEX artifact_chunk_by_place ON artifact_chunk (artifact, begins_at);

-- Which of several agents of a session, and what they said about it.
ALTER TABLE event ADD COLUMN agent TEXT NOT NULL DEFAULT '';
ALTER TABLE event ADD COLUMN note TEXT CHECK (length(note) <= 4000);
CREATE INDEX event_by_age ON event (workspace_id, seq);

-- Every word of a task. `place` is `w` and the number of its workspace.
CREATE VIRTUAL TABLE task_text USING fts5 (
    place, words, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2');

-- A stretch of work in a workspace, which a client can come back to.
CREATE TABLE session (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 64),
    workspace_id INTEGER NOT NULL REFERENCES workspace (id),
    client TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_active_at INTEGER NOT NULL,
    resumed INTEGER NOT NULL DEFAULT 0 CHECK (resumed >= 0),
    ended_at INTEGER
) STRICT;

CREATE INDEX session_by_activity ON session (workspace_id, last_active_at);
CREATE INDEX session_open ON session (workspace_id, last_active_at) WHERE ended_at IS NULL;

-- Which session a connected client works in.
CREATE TABLE session_caller (
    caller TEXT PRIMARY KEY,
    session INTEGER NOT NULL REFERENCES session (seq) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX session_caller_by_session ON session_caller (session);

-- Whatever changes something is recorded as an event, and that is what activity means.
CREATE TRIGGER event_is_activity AFTER INSERT ON event
BEGIN
    UPDATE session SET last_active_at = NEW.at, ended_at = NULL
        WHERE seq = (SELECT c.session FROM session_caller AS c WHERE c.caller = NEW.session)
            AND workspace_id = NEW.workspace_id AND last_active_at < NEW.at;
END;

-- The roles files of a workspace as they were when they last made sense, and what is wrong with them since.
CREATE TABLE role_file (
    workspace_id INTEGER NOT NULL REFERENCES workspace (id),
    name TEXT NOT NULL,
    -- Size and time of what was read last.
    stamp TEXT NOT NULL,
    -- JSON; none if it never made sense.
    content TEXT,
    read_at INTEGER NOT NULL,
    problem TEXT,
    PRIMARY KEY (workspace_id, name)
) STRICT;

-- Plans to fill in. `workspace_id` is 0 for what belongs to all workspaces.
CREATE TABLE template (
    seq INTEGER PRIMARY KEY,
    workspace_id INTEGER NOT NULL,
    category TEXT NOT NULL CHECK (category IN ('builtin', 'user', 'shared')),
    id TEXT NOT NULL CHECK (length(id) BETWEEN 1 AND 64),
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    hash TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    used INTEGER NOT NULL DEFAULT 0 CHECK (used >= 0),
    -- What lists say of it, as JSON; behind it, because it is long, the JSON5 as it was given.
    about TEXT NOT NULL DEFAULT '{}',
    content TEXT NOT NULL,
    UNIQUE (workspace_id, category, id)
) STRICT;

-- Tasks that were put away, and when they may be removed.
CREATE TABLE archive (
    task INTEGER PRIMARY KEY REFERENCES task (seq) ON DELETE CASCADE,
    workspace_id INTEGER NOT NULL REFERENCES workspace (id),
    reason TEXT NOT NULL,
    was TEXT NOT NULL,
    archived_at INTEGER NOT NULL,
    remove_after INTEGER
) STRICT;

CREATE INDEX archive_by_end ON archive (workspace_id, remove_after);

CREATE TABLE maintenance (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    workspace_id INTEGER NOT NULL REFERENCES workspace (id),
    action TEXT NOT NULL,
    scope TEXT NOT NULL,
    level TEXT NOT NULL,
    at INTEGER NOT NULL,
    -- JSON.
    summary TEXT NOT NULL
) STRICT;

CREATE INDEX maintenance_by_age ON maintenance (workspace_id, seq);

-- Pages that are written from the tasks.
CREATE TABLE document (
    workspace_id INTEGER NOT NULL REFERENCES workspace (id),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    title TEXT NOT NULL,
    content TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, name)
) STRICT;

-- What came from elsewhere, so that bringing it in again doubles nothing.
CREATE TABLE imported (
    workspace_id INTEGER NOT NULL REFERENCES workspace (id),
    source TEXT NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    target TEXT NOT NULL,
    PRIMARY KEY (workspace_id, source, kind, key)
) STRICT, WITHOUT ROWID;

-- How long finished work really took: what estimates are made of.
CREATE TABLE pace (
    workspace_id INTEGER NOT NULL REFERENCES workspace (id),
    specialist TEXT NOT NULL,
    complexity TEXT NOT NULL,
    tasks INTEGER NOT NULL CHECK (tasks > 0),
    -- Milliseconds.
    took INTEGER NOT NULL CHECK (took >= 0),
    -- Of those that had an estimate: the minutes that were estimated, and the milliseconds it came to.
    estimated INTEGER NOT NULL DEFAULT 0,
    actual INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace_id, specialist, complexity)
) STRICT, WITHOUT ROWID;

CREATE INDEX task_by_age ON task (workspace_id, seq);
CREATE INDEX task_by_creation ON task (workspace_id, created_at, seq);
CREATE INDEX task_by_update ON task (workspace_id, updated_at, seq);
CREATE INDEX task_by_due ON task (workspace_id, due_at, seq) WHERE due_at IS NOT NULL;
CREATE INDEX task_by_type ON task (workspace_id, type, seq);
CREATE INDEX task_by_specialist ON task (workspace_id, specialist, seq);
CREATE INDEX task_by_title ON task (parent, title);
CREATE INDEX task_by_complexity ON task (workspace_id, complexity, seq);
-- Parts of a plan that are open, or settled, as planned.
CREATE INDEX task_by_parent_and_end ON task (parent, settled, position);
-- Below a task: what is open, what is settled and not put away, and plans that are settled. Whoever takes the next few
-- of very many does not pass over those that were taken before.
CREATE INDEX task_open ON task (path) WHERE settled = 0;
CREATE INDEX task_kept ON task (path) WHERE status IN ('completed', 'cancelled');
CREATE INDEX task_settled_plan ON task (path) WHERE children > 0 AND settled = 1;
-- What is not finished: tasks without parts below a plan, plans below a plan, and tasks and plans that were begun.
CREATE INDEX task_open_leaf ON task (path) WHERE children = 0 AND settled = 0;
CREATE INDEX task_open_plan_below ON task (parent, seq) WHERE children > 0 AND settled = 0;
CREATE INDEX task_begun ON task (workspace_id, status, seq)
    WHERE children = 0 AND status IN ('active', 'in_progress', 'blocked', 'failed');
CREATE INDEX task_begun_below ON task (path)
    WHERE children = 0 AND status IN ('active', 'in_progress', 'blocked', 'failed');
CREATE INDEX task_begun_plan ON task (workspace_id, status, seq)
    WHERE children > 0 AND status IN ('active', 'in_progress');

-- What is there already.
INSERT INTO work (task, workspace_id, below, open_below)
    SELECT t.seq, t.workspace_id, count(b.seq), coalesce(sum(b.settled = 0), 0)
    FROM task AS t LEFT JOIN task AS b ON b.path > t.path AND b.path < t.path || 'g' AND t.children > 0
    GROUP BY t.seq;
UPDATE work SET given_up = parts.given_up
    FROM (SELECT parent, count(*) AS given_up FROM task WHERE settled = 1 AND satisfies = 0 GROUP BY parent) AS parts
    WHERE work.task = parts.parent;
INSERT INTO queue (task, workspace_id, parent, specialist, priority, tail)
    SELECT seq, workspace_id, parent, specialist, 2, 0 FROM task WHERE ready = 1;
INSERT INTO task_text (rowid, place, words)
    SELECT seq, 'w' || workspace_id, concat_ws(' ', id, title, description, summary) FROM task;

-- As before, and a row in every table that has one for each task.
DROP TRIGGER task_added;
CREATE TRIGGER task_added AFTER INSERT ON task
BEGIN
    INSERT INTO work (task, workspace_id) VALUES (NEW.seq, NEW.workspace_id);
    INSERT INTO queue (task, workspace_id, parent, specialist, priority, tail)
        SELECT NEW.seq, NEW.workspace_id, NEW.parent, NEW.specialist, 2, 0 WHERE NEW.ready;
    INSERT INTO task_text (rowid, place, words)
        VALUES (NEW.seq, 'w' || NEW.workspace_id, concat_ws(' ', NEW.id, NEW.title, NEW.description, NEW.summary));
    INSERT INTO status_count (workspace_id, status, tasks) VALUES (NEW.workspace_id, NEW.status, 1)
        ON CONFLICT (workspace_id, status) DO UPDATE SET tasks = tasks + 1;
    UPDATE work SET below = below + 1, open_below = open_below + (NEW.settled = 0)
        WHERE task IN (
            SELECT above.seq FROM level JOIN task AS above ON above.path = substr(NEW.path, 1, 8 * level.n)
            WHERE level.n < NEW.depth);
    UPDATE work SET given_up = given_up + 1 WHERE task = NEW.parent AND NEW.settled AND NOT NEW.satisfies;
    UPDATE task SET children = children + 1, open_children = open_children + (NEW.settled = 0)
        WHERE seq = NEW.parent;
    UPDATE task SET waits_for = (SELECT p.waits_for FROM task AS p WHERE p.seq = NEW.parent)
        WHERE seq = NEW.seq AND NEW.parent IS NOT NULL;
END;

DROP TRIGGER task_changed_status;
CREATE TRIGGER task_changed_status AFTER UPDATE OF status, completed_at ON task WHEN NEW.status <> OLD.status
BEGIN
    UPDATE status_count SET tasks = tasks - 1 WHERE workspace_id = OLD.workspace_id AND status = OLD.status;
    INSERT INTO status_count (workspace_id, status, tasks) VALUES (NEW.workspace_id, NEW.status, 1)
        ON CONFLICT (workspace_id, status) DO UPDATE SET tasks = tasks + 1;
    UPDATE task SET open_children = open_children + OLD.settled - NEW.settled
        WHERE seq = NEW.parent AND OLD.settled <> NEW.settled;
    UPDATE work SET open_below = open_below + OLD.settled - NEW.settled
        WHERE OLD.settled <> NEW.settled AND task IN (
            SELECT above.seq FROM level JOIN task AS above ON above.path = substr(NEW.path, 1, 8 * level.n)
            WHERE level.n < NEW.depth);
    UPDATE work SET given_up = given_up + (NEW.settled AND NOT NEW.satisfies) - (OLD.settled AND NOT OLD.satisfies)
        WHERE task = NEW.parent AND (NEW.settled AND NOT NEW.satisfies) <> (OLD.settled AND NOT OLD.satisfies);
    UPDATE task SET waits_for = waits_for + (OLD.satisfies - NEW.satisfies) * held.times
        FROM (
            SELECT below.seq AS seq, count(*) AS times
            FROM dependency AS d
            JOIN task AS dependent ON dependent.seq = d.task
            JOIN task AS below ON below.path >= dependent.path AND below.path < dependent.path || 'g'
            WHERE d.prerequisite = NEW.seq AND d.binds AND OLD.satisfies <> NEW.satisfies
            GROUP BY below.seq
        ) AS held
        WHERE task.seq = held.seq;
END;

CREATE TRIGGER task_became_ready AFTER UPDATE OF status, waits_for, children ON task WHEN NEW.ready > OLD.ready
BEGIN
    INSERT INTO queue (task, workspace_id, parent, specialist, priority, tail)
        SELECT NEW.seq, NEW.workspace_id, NEW.parent, NEW.specialist, w.priority, w.tail
        FROM work AS w WHERE w.task = NEW.seq
        ON CONFLICT (task) DO NOTHING;
END;

CREATE TRIGGER task_is_ready_no_more AFTER UPDATE OF status, waits_for, children ON task WHEN NEW.ready < OLD.ready
BEGIN
    DELETE FROM queue WHERE task = NEW.seq;
END;

CREATE TRIGGER task_changed_role AFTER UPDATE OF specialist ON task WHEN NEW.ready
BEGIN
    UPDATE queue SET specialist = NEW.specialist WHERE task = NEW.seq;
END;

-- Nobody holds a task that nobody works on.
CREATE TRIGGER task_was_left AFTER UPDATE OF status ON task
WHEN OLD.status IN ('active', 'in_progress') AND NEW.status NOT IN ('active', 'in_progress')
BEGIN
    DELETE FROM claim WHERE task = NEW.seq;
END;

CREATE TRIGGER task_changed_words AFTER UPDATE OF title, description, summary ON task
BEGIN
    UPDATE task_text SET place = 'w' || NEW.workspace_id,
        words = concat_ws(' ', NEW.id, NEW.title, NEW.description, NEW.summary)
        WHERE rowid = NEW.seq;
END;

-- Its dependencies, artifacts and parts are gone before; what else is about it goes with it.
CREATE TRIGGER task_removed BEFORE DELETE ON task
BEGIN
    DELETE FROM task_text WHERE rowid = OLD.seq;
    UPDATE status_count SET tasks = tasks - 1 WHERE workspace_id = OLD.workspace_id AND status = OLD.status;
    UPDATE work SET below = below - 1, open_below = open_below - (OLD.settled = 0)
        WHERE task IN (
            SELECT above.seq FROM level JOIN task AS above ON above.path = substr(OLD.path, 1, 8 * level.n)
            WHERE level.n < OLD.depth);
    UPDATE work SET given_up = given_up - 1 WHERE task = OLD.parent AND OLD.settled AND NOT OLD.satisfies;
    UPDATE task SET children = children - 1, open_children = open_children - (OLD.settled = 0)
        WHERE seq = OLD.parent;
END;

CREATE TRIGGER work_changed AFTER UPDATE OF priority, tail ON work
BEGIN
    UPDATE queue SET priority = NEW.priority, tail = NEW.tail WHERE task = NEW.task;
END;

DROP TRIGGER dependency_added;
CREATE TRIGGER dependency_added AFTER INSERT ON dependency
WHEN NEW.binds AND (SELECT satisfies = 0 FROM task WHERE seq = NEW.prerequisite)
BEGIN
    UPDATE task SET waits_for = waits_for + 1
        WHERE path >= (SELECT t.path FROM task AS t WHERE t.seq = NEW.task)
          AND path < (SELECT t.path || 'g' FROM task AS t WHERE t.seq = NEW.task);
END;

DROP TRIGGER dependency_removed;
CREATE TRIGGER dependency_removed AFTER DELETE ON dependency
WHEN OLD.binds AND (SELECT satisfies = 0 FROM task WHERE seq = OLD.prerequisite)
BEGIN
    UPDATE task SET waits_for = waits_for - 1
        WHERE path >= (SELECT t.path FROM task AS t WHERE t.seq = OLD.task)
          AND path < (SELECT t.path || 'g' FROM task AS t WHERE t.seq = OLD.task);
END;

CREATE TRIGGER dependency_changed AFTER UPDATE OF type, waived_at ON dependency
WHEN NEW.binds <> OLD.binds AND (SELECT satisfies = 0 FROM task WHERE seq = NEW.prerequisite)
BEGIN
    UPDATE task SET waits_for = waits_for + NEW.binds - OLD.binds
        WHERE path >= (SELECT t.path FROM task AS t WHERE t.seq = NEW.task)
          AND path < (SELECT t.path || 'g' FROM task AS t WHERE t.seq = NEW.task);
END;
