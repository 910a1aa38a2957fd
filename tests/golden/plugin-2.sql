PRAGMA application_id = 1297306713;
PRAGMA user_version = 2;
BEGIN TRANSACTION;
CREATE TABLE _mainstay_generations (
        generation INTEGER PRIMARY KEY,
        plugin TEXT NOT NULL,
        version TEXT NOT NULL,
        digest TEXT NOT NULL,
        schema INTEGER NOT NULL,
        activated_at INTEGER NOT NULL,
        swap TEXT NOT NULL,
        carried_schema INTEGER,
        carried BLOB
    ) STRICT;
INSERT INTO "_mainstay_generations" VALUES(1,'relay','1.0.0','6f96c0f4706e209ad90fc700508bfcedf561eab3b5b6f5dc40921c2aa9689fa5',1,1795257887354,'01a1fdb56a76710aaa4793e6257ae1e9',NULL,NULL);
INSERT INTO "_mainstay_generations" VALUES(2,'relay','2.0.0','2e6ac919b557e692ffd36a0127728572a5f5101753dbf7aea72790976ff697b0',1,1795257888237,'01a1fdb56a8472618915e7c6a3fd2c14',1,X'4D535459534C3031C4A9E412450D3E27AE13A44EAD6C21FB172283C51631DDC4EBBEE7210F19C7650DC42D3913618AD518');
INSERT INTO "_mainstay_generations" VALUES(3,'relay','2.0.0-adds-tool','31e0e095bf0763a7079b67a66bca292d2ad23c3205b9a26c7bf20bb2f81ebaa3',1,1795257888861,'01a1fdb56e06765ca0b34541487695eb',1,X'4D535459534C3031703D129CB7944A52D5C0CC9897926E9C7E2B53B3CBCDC4503C665F1D5C4EA3BC8CBC07058F56F78D44');
INSERT INTO "_mainstay_generations" VALUES(4,'relay','2.0.0','2e6ac919b557e692ffd36a0127728572a5f5101753dbf7aea72790976ff697b0',1,1795257888871,'01a1fdb57063747caf80ef3323937185',1,X'4D535459534C3031CAC929004CD8EA2BA7A02D43B68192ED1492C899622E107ED4AB40D78F2E0C9CEF992A80D5703D9DC3');
CREATE TABLE _mainstay_meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO "_mainstay_meta" VALUES('source','0000000000000000000000000000000000000000000000000000000000000000');
INSERT INTO "_mainstay_meta" VALUES('written_by','0.1.0');
CREATE TABLE _mainstay_slot (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        generation INTEGER NOT NULL,
        plugin TEXT NOT NULL,
        version TEXT NOT NULL,
        digest TEXT NOT NULL,
        schema INTEGER NOT NULL,
        activated_at INTEGER NOT NULL
    , boots INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO "_mainstay_slot" VALUES(1,4,'relay','2.0.0','2e6ac919b557e692ffd36a0127728572a5f5101753dbf7aea72790976ff697b0',1,1795257888871,0);
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
    , orphaned_by TEXT) STRICT, WITHOUT ROWID;
INSERT INTO "_mainstay_waits" VALUES('923cacd0d0f342d59986c650d7c306b2',0,'{"id":"01a1fdb575e27513af844eb9d90b6e57","tool":"wait_for_word","arguments":"{\"number\":7}","caller":{"session":"01a1fdb575d0702da0f1cfc931df9de9","client_name":"golden","client_version":"1","protocol":"2026-07-28","working_directory":"/"}}',1,X'7B226279223A22322E302E30227D','[{"key":"word","request":{"Elicit":{"message":"Which word?","requested_schema":"{\"description\":\"The form that is asked.\",\"properties\":{\"word\":{\"type\":\"string\"}},\"required\":[\"word\"],\"type\":\"object\"}"}}}]',NULL,1795257890275,4102444800000,NULL);
CREATE TABLE appended
        (id INTEGER PRIMARY KEY, client TEXT NOT NULL, number INTEGER NOT NULL, version TEXT NOT NULL);
INSERT INTO "appended" VALUES(1,'a',1,'1.0.0');
INSERT INTO "appended" VALUES(2,'a',2,'1.0.0');
INSERT INTO "appended" VALUES(3,'a',3,'2.0.0');
CREATE INDEX _mainstay_waits_expiry ON _mainstay_waits (expires_at);
COMMIT;
