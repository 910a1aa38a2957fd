PRAGMA application_id = 1297306713;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE _mainstay_meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO "_mainstay_meta" VALUES('written_by','0.1.0');
CREATE TABLE _mainstay_slot (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    generation INTEGER NOT NULL,
    plugin TEXT NOT NULL,
    version TEXT NOT NULL,
    digest TEXT NOT NULL,
    schema INTEGER NOT NULL,
    activated_at INTEGER NOT NULL
) STRICT;
INSERT INTO "_mainstay_slot" VALUES(1,3,'relay','1.0.0','1111111111111111111111111111111111111111111111111111111111111111',1,1795257887354);
CREATE TABLE _mainstay_state (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO "_mainstay_state" VALUES('kept',X'6B657074');
CREATE TABLE _mainstay_waits (
    id TEXT PRIMARY KEY,
    round INTEGER NOT NULL,
    call TEXT NOT NULL,
    continuation_version INTEGER NOT NULL,
    continuation BLOB NOT NULL,
    requests TEXT NOT NULL,
    holder TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "_mainstay_waits" VALUES('923cacd0d0f342d59986c650d7c306b2',0,'{"id":"01a1fdb575e27513af844eb9d90b6e57","tool":"wait_for_word","arguments":"{\"number\":7}","caller":{"session":"01a1fdb575d0702da0f1cfc931df9de9","client_name":"golden","client_version":"1","protocol":"2026-07-28","working_directory":"/"}}',1,X'7B226279223A22322E302E30227D','[{"key":"word","request":{"Elicit":{"message":"Which word?","requested_schema":"{\"description\":\"The form that is asked.\",\"properties\":{\"word\":{\"type\":\"string\"}},\"required\":[\"word\"],\"type\":\"object\"}"}}}]',NULL,1795257890275,4102444800000);
CREATE TABLE appended
        (id INTEGER PRIMARY KEY, client TEXT NOT NULL, number INTEGER NOT NULL, version TEXT NOT NULL);
INSERT INTO "appended" VALUES(1,'a',1,'1.0.0');
INSERT INTO "appended" VALUES(2,'a',2,'1.0.0');
CREATE INDEX _mainstay_waits_expiry ON _mainstay_waits (expires_at);
COMMIT;
