-- Every task of every workspace. `id` is what clients say; `seq` is what tables say, and grows with time.
-- Nothing here is counted by reading: triggers keep the counters, so that a question costs the same in a
-- workspace of ten tasks and of a million.

CREATE TABLE workspace (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE CHECK (path <> ''),
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE task (
    seq INTEGER PRIMARY KEY CHECK (seq > 0),
    workspace_id INTEGER NOT NULL REFERENCES workspace (id),
    id TEXT NOT NULL CHECK (length(id) BETWEEN 1 AND 64),
    parent INTEGER REFERENCES task (seq),
    -- The `seq` of every ancestor and of the task itself, eight hexadecimal digits each: the tasks below one
    -- are a range of this column.
    path TEXT NOT NULL UNIQUE CHECK (length(path) = 8 * depth),
    depth INTEGER NOT NULL CHECK (depth BETWEEN 1 AND 32),
    position INTEGER NOT NULL CHECK (position >= 0),
    title TEXT NOT NULL CHECK (length(title) BETWEEN 1 AND 255),
    type TEXT NOT NULL CHECK (type IN (
        'standard', 'breakdown', 'milestone', 'review', 'approval', 'research', 'implementation', 'testing',
        'documentation', 'deployment', 'custom')),
    status TEXT NOT NULL CHECK (status IN (
        'pending', 'active', 'in_progress', 'blocked', 'completed', 'failed', 'cancelled', 'archived')),
    complexity TEXT NOT NULL CHECK (complexity IN ('trivial', 'simple', 'moderate', 'complex', 'very_complex')),
    specialist TEXT NOT NULL CHECK (length(specialist) BETWEEN 1 AND 64),
    effort TEXT CHECK (length(effort) <= 255),
    due_at INTEGER,
    revisions INTEGER NOT NULL DEFAULT 0 CHECK (revisions >= 0),
    -- Kept by triggers: children, children that are not settled, and open prerequisites of the task and of
    -- its ancestors.
    children INTEGER NOT NULL DEFAULT 0 CHECK (children >= 0),
    open_children INTEGER NOT NULL DEFAULT 0 CHECK (open_children BETWEEN 0 AND children),
    waits_for INTEGER NOT NULL DEFAULT 0 CHECK (waits_for >= 0),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    started_at INTEGER,
    completed_at INTEGER,
    -- Nothing more will happen to it.
    settled INTEGER NOT NULL GENERATED ALWAYS AS (status IN ('completed', 'cancelled', 'archived')) VIRTUAL,
    -- What depends on it may begin.
    satisfies INTEGER NOT NULL GENERATED ALWAYS AS (
        status = 'completed' OR (status = 'archived' AND completed_at IS NOT NULL)) VIRTUAL,
    ready INTEGER NOT NULL GENERATED ALWAYS AS (status = 'pending' AND waits_for = 0 AND children = 0) VIRTUAL,
    -- A plan whose parts are all settled.
    gathered INTEGER NOT NULL GENERATED ALWAYS AS (
        children > 0 AND open_children = 0 AND status NOT IN ('completed', 'cancelled', 'archived')) VIRTUAL,
    -- Long texts last: SQLite reads a row from the front.
    summary TEXT CHECK (length(summary) <= 4000),
    context TEXT,
    description TEXT NOT NULL CHECK (length(description) <= 20000),
    UNIQUE (workspace_id, id)
) STRICT;

CREATE INDEX task_by_parent ON task (parent, position);
CREATE INDEX task_by_status ON task (workspace_id, status, seq);
CREATE INDEX task_ready ON task (workspace_id, seq) WHERE ready = 1;
CREATE INDEX task_ready_in_plan ON task (parent, position) WHERE ready = 1;
CREATE INDEX task_gathered ON task (workspace_id, seq) WHERE gathered = 1;
CREATE INDEX task_open_plan ON task (workspace_id, seq) WHERE children > 0 AND settled = 0;

-- `task` may begin when `prerequisite` is completed.
CREATE TABLE dependency (
    task INTEGER NOT NULL REFERENCES task (seq),
    prerequisite INTEGER NOT NULL REFERENCES task (seq),
    PRIMARY KEY (task, prerequisite),
    CHECK (task <> prerequisite)
) STRICT, WITHOUT ROWID;

CREATE INDEX dependency_by_prerequisite ON dependency (prerequisite, task);

CREATE TABLE status_count (
    workspace_id INTEGER NOT NULL REFERENCES workspace (id),
    status TEXT NOT NULL,
    tasks INTEGER NOT NULL CHECK (tasks >= 0),
    PRIMARY KEY (workspace_id, status)
) STRICT, WITHOUT ROWID;

-- What was delivered for a task; every delivery is a version of its own.
CREATE TABLE artifact (
    seq INTEGER PRIMARY KEY,
    workspace_id INTEGER NOT NULL REFERENCES workspace (id),
    id TEXT NOT NULL CHECK (length(id) BETWEEN 1 AND 64),
    task INTEGER NOT NULL REFERENCES task (seq),
    version INTEGER NOT NULL CHECK (version > 0),
    type TEXT NOT NULL CHECK (type IN ('code', 'documentation', 'analysis', 'design', 'test', 'config', 'general')),
    next_action TEXT NOT NULL CHECK (next_action IN ('continue', 'needs_revision', 'blocked', 'complete')),
    created_at INTEGER NOT NULL,
    summary TEXT NOT NULL CHECK (length(summary) <= 4000),
    content TEXT NOT NULL,
    UNIQUE (workspace_id, id),
    UNIQUE (task, version)
) STRICT;

CREATE INDEX artifact_by_age ON artifact (workspace_id, seq);

-- Files that a delivery is about, and references of the older form of delivery.
CREATE TABLE artifact_file (
    artifact INTEGER NOT NULL REFERENCES artifact (seq),
    kind TEXT NOT NULL CHECK (kind IN ('file', 'legacy')),
    position INTEGER NOT NULL CHECK (position >= 0),
    path TEXT NOT NULL CHECK (length(path) <= 4096),
    PRIMARY KEY (artifact, kind, position)
) STRICT, WITHOUT ROWID;

-- Who changed what, and when. Tasks are named as clients name them, because an event outlives its task.
CREATE TABLE event (
    seq INTEGER PRIMARY KEY,
    workspace_id INTEGER NOT NULL REFERENCES workspace (id),
    task_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 64),
    previous TEXT,
    current TEXT,
    session TEXT NOT NULL,
    client TEXT NOT NULL,
    call TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;

CREATE INDEX event_by_task ON event (workspace_id, task_id, seq);

CREATE TRIGGER event_stays_as_written BEFORE UPDATE ON event
BEGIN
    SELECT raise(ABORT, 'events are only ever added');
END;

CREATE TRIGGER task_added AFTER INSERT ON task
BEGIN
    INSERT INTO status_count (workspace_id, status, tasks) VALUES (NEW.workspace_id, NEW.status, 1)
        ON CONFLICT (workspace_id, status) DO UPDATE SET tasks = tasks + 1;
    UPDATE task SET children = children + 1, open_children = open_children + (NEW.settled = 0)
        WHERE seq = NEW.parent;
    UPDATE task SET waits_for = (SELECT p.waits_for FROM task AS p WHERE p.seq = NEW.parent)
        WHERE seq = NEW.seq AND NEW.parent IS NOT NULL;
END;

CREATE TRIGGER task_changed_status AFTER UPDATE OF status, completed_at ON task WHEN NEW.status <> OLD.status
BEGIN
    UPDATE status_count SET tasks = tasks - 1 WHERE workspace_id = OLD.workspace_id AND status = OLD.status;
    INSERT INTO status_count (workspace_id, status, tasks) VALUES (NEW.workspace_id, NEW.status, 1)
        ON CONFLICT (workspace_id, status) DO UPDATE SET tasks = tasks + 1;
    UPDATE task SET open_children = open_children + OLD.settled - NEW.settled
        WHERE seq = NEW.parent AND OLD.settled <> NEW.settled;
    UPDATE task SET waits_for = waits_for + (OLD.satisfies - NEW.satisfies) * held.times
        FROM (
            SELECT below.seq AS seq, count(*) AS times
            FROM dependency AS d
            JOIN task AS dependent ON dependent.seq = d.task
            JOIN task AS below ON below.path >= dependent.path AND below.path < dependent.path || 'g'
            WHERE d.prerequisite = NEW.seq AND OLD.satisfies <> NEW.satisfies
            GROUP BY below.seq
        ) AS held
        WHERE task.seq = held.seq;
END;

CREATE TRIGGER dependency_added AFTER INSERT ON dependency
WHEN (SELECT satisfies = 0 FROM task WHERE seq = NEW.prerequisite)
BEGIN
    UPDATE task SET waits_for = waits_for + 1
        WHERE path >= (SELECT t.path FROM task AS t WHERE t.seq = NEW.task)
          AND path < (SELECT t.path || 'g' FROM task AS t WHERE t.seq = NEW.task);
END;

CREATE TRIGGER dependency_removed AFTER DELETE ON dependency
WHEN (SELECT satisfies = 0 FROM task WHERE seq = OLD.prerequisite)
BEGIN
    UPDATE task SET waits_for = waits_for - 1
        WHERE path >= (SELECT t.path FROM task AS t WHERE t.seq = OLD.task)
          AND path < (SELECT t.path || 'g' FROM task AS t WHERE t.seq = OLD.task);
END;
