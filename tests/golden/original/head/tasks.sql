-- tasks.sqlite of the development version, as orchestrator.md describes it: metadata is JSON within JSON, dependencies are
-- only there, and the two other tables stay empty.
CREATE TABLE tasks (
    id TEXT PRIMARY KEY,
    session_id TEXT,
    parent_task_id TEXT REFERENCES tasks (id),
    type TEXT NOT NULL,
    status TEXT NOT NULL,
    title TEXT NOT NULL,
    description TEXT,
    metadata TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT,
    completed_at TEXT
);
CREATE TABLE task_artifacts (
    id TEXT PRIMARY KEY,
    task_id TEXT NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    type TEXT NOT NULL,
    name TEXT,
    content TEXT,
    metadata TEXT,
    created_at TEXT NOT NULL
);
CREATE TABLE task_dependencies (
    task_id TEXT NOT NULL,
    dependency_id TEXT NOT NULL,
    created_at TEXT,
    PRIMARY KEY (task_id, dependency_id)
);
CREATE INDEX idx_tasks_status ON tasks (status);
INSERT INTO tasks VALUES
    ('task_aaaaaaaa', NULL, NULL, 'breakdown', 'pending', 'Ship the shop', 'Everything that is left', '"{\"complexity\": \"complex\", \"specialist_type\": \"coordinator\", \"estimated_effort\": null, \"due_date\": null, \"dependencies\": [], \"context\": {}}"', '2025-08-15T10:00:00.000001', '2025-08-15T10:00:00.000001', NULL),
    ('task_bbbbbbbb', NULL, 'task_aaaaaaaa', 'deployment', 'completed', 'Rent a server', 'A small one', '"{\"complexity\": \"trivial\", \"specialist_type\": \"devops\", \"estimated_effort\": \"1 hour\", \"due_date\": \"2025-09-01\", \"dependencies\": [], \"context\": {\"region\": \"eu\"}}"', '2025-08-15T10:00:01.000001', '2025-08-15T11:00:00.000001', '2025-08-15T11:00:00.000001'),
    ('task_cccccccc', NULL, 'task_aaaaaaaa', 'testing', 'in_progress', 'Try it there', 'From outside', '"{\"complexity\": \"moderate\", \"specialist_type\": \"tester\", \"dependencies\": [\"task_bbbbbbbb\", \"ghost\"], \"context\": null}"', '2025-08-15T10:00:02.000001', '2025-08-15T12:00:00.000001', NULL),
    ('task_dddddddd', NULL, NULL, 'standard', 'cancelled', 'Print leaflets', 'Nobody reads them', '"{}"', '2025-08-15T10:00:03.000001', '2025-08-15T12:00:00.000001', NULL);
