-- Back to the first schema, if nothing would be lost that it has no place for.
CREATE TABLE would_be_lost (
    claims INTEGER CHECK (claims = 0),
    attributes INTEGER CHECK (attributes = 0),
    dependencies_of_other_types INTEGER CHECK (dependencies_of_other_types = 0),
    artifacts_in_pieces INTEGER CHECK (artifacts_in_pieces = 0),
    templates INTEGER CHECK (templates = 0),
    priorities INTEGER CHECK (priorities = 0),
    imported_rows INTEGER CHECK (imported_rows = 0),
    archived_tasks_with_their_reasons INTEGER CHECK (archived_tasks_with_their_reasons = 0),
    events_with_notes INTEGER CHECK (events_with_notes = 0)
);
INSERT INTO would_be_lost
    SELECT (SELECT count(*) FROM claim), (SELECT count(*) FROM attribute),
        (SELECT count(*) FROM dependency WHERE type <> 'completion' OR waived_at IS NOT NULL OR input IS NOT NULL),
        (SELECT count(*) FROM artifact WHERE chunks > 0 OR name IS NOT NULL OR media_type <> 'text/markdown'),
        (SELECT count(*) FROM template WHERE category <> 'builtin'),
        (SELECT count(*) FROM work WHERE priority <> 2), (SELECT count(*) FROM imported),
        (SELECT count(*) FROM archive), (SELECT count(*) FROM event WHERE note IS NOT NULL);
DROP TABLE would_be_lost;

DROP TRIGGER event_is_activity;
DROP TRIGGER dependency_changed;
DROP TRIGGER work_changed;
DROP TRIGGER task_removed;
DROP TRIGGER task_changed_words;
DROP TRIGGER task_was_left;
DROP TRIGGER task_changed_role;
DROP TRIGGER task_is_ready_no_more;
DROP TRIGGER task_became_ready;
DROP TRIGGER task_added;
DROP TRIGGER task_changed_status;
DROP TRIGGER dependency_added;
DROP TRIGGER dependency_removed;

DROP INDEX task_begun_below;
DROP INDEX task_begun_plan;
DROP INDEX task_begun;
DROP INDEX task_open_plan_below;
DROP INDEX task_open_leaf;
DROP INDEX task_settled_plan;
DROP INDEX task_kept;
DROP INDEX task_open;
DROP INDEX task_by_parent_and_end;
DROP INDEX task_by_title;
DROP INDEX task_by_complexity;
DROP INDEX task_by_specialist;
DROP INDEX task_by_type;
DROP INDEX task_by_due;
DROP INDEX task_by_update;
DROP INDEX task_by_creation;
DROP INDEX task_by_age;
DROP TABLE pace;
DROP TABLE imported;
DROP TABLE document;
DROP TABLE maintenance;
DROP TABLE archive;
DROP TABLE template;
DROP TABLE role_file;
DROP TABLE session_caller;
DROP TABLE session;
DROP TABLE task_text;
DROP INDEX event_by_age;
ALTER TABLE event DROP COLUMN note;
ALTER TABLE event DROP COLUMN agent;
DROP TABLE artifact_chunk;
ALTER TABLE artifact DROP COLUMN chunks;
ALTER TABLE artifact DROP COLUMN bytes;
ALTER TABLE artifact DROP COLUMN media_type;
DROP INDEX artifact_by_name;
ALTER TABLE artifact DROP COLUMN edition;
ALTER TABLE artifact DROP COLUMN name;
ALTER TABLE dependency DROP COLUMN binds;
ALTER TABLE dependency DROP COLUMN reason;
ALTER TABLE dependency DROP COLUMN waived_by;
ALTER TABLE dependency DROP COLUMN waived_at;
ALTER TABLE dependency DROP COLUMN input;
ALTER TABLE dependency DROP COLUMN type;
DROP TABLE attribute;
DROP TABLE claim;
DROP TABLE level;
DROP TABLE queue;
DROP TABLE work;

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
