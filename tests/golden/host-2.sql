PRAGMA application_id = 1297306696;
PRAGMA user_version = 2;
BEGIN TRANSACTION;
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO meta VALUES('written_by','0.1.0');
CREATE TABLE swap (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        slot TEXT NOT NULL,
        requested_at INTEGER NOT NULL,
        outcome TEXT NOT NULL,
        generation INTEGER,
        report TEXT NOT NULL
    ) STRICT;
INSERT INTO swap VALUES(1,'01a20095875c74ffaeca489e6f0bf5e6','guest',1795306129244,'committed',1,'{"id":"01a20095875c74ffaeca489e6f0bf5e6","slot":"guest","origin":{"kind":"start"},"reason":null,"requested_at":1795306129244,"from":null,"to":{"plugin":"relay","version":"1.0.0","digest":"6d14ea65bf50798883b722168849920b22f895915d49caa0755d1c2cb070e379","schema":1,"generation":1},"outcome":{"kind":"committed"},"drift":null,"replay":null,"migrations":["appended"],"steps":[{"step":"export","micros":1},{"step":"import","micros":171},{"step":"migrate","micros":172},{"step":"start","micros":59},{"step":"record","micros":192},{"step":"commit","micros":11219}],"pause_us":11948,"paused_at_us":1795306129258377,"waited_calls":0,"orphaned_calls":0,"warnings":[],"restart":false,"backup":null}');
INSERT INTO swap VALUES(2,'01a20095879376e3b4a3a185f290e53a','guest',1795306129299,'committed',2,'{"id":"01a20095879376e3b4a3a185f290e53a","slot":"guest","origin":{"kind":"command-line"},"reason":"manual_request","requested_at":1795306129299,"from":{"plugin":"relay","version":"1.0.0","digest":"6d14ea65bf50798883b722168849920b22f895915d49caa0755d1c2cb070e379","schema":1,"generation":1},"to":{"plugin":"relay","version":"1.0.0","digest":"6d14ea65bf50798883b722168849920b22f895915d49caa0755d1c2cb070e379","schema":1,"generation":2},"outcome":{"kind":"committed"},"drift":{"kind":"identical","added":[],"removed":[],"edited":[],"diff":"","bytes":3133},"replay":null,"migrations":[],"steps":[{"step":"load","micros":0},{"step":"shadow","micros":1045},{"step":"quiesce","micros":96},{"step":"export","micros":6},{"step":"import","micros":28},{"step":"migrate","micros":53},{"step":"start","micros":4},{"step":"record","micros":104},{"step":"commit","micros":477}],"pause_us":842,"paused_at_us":1795306129301510,"waited_calls":0,"orphaned_calls":0,"warnings":[],"restart":true,"backup":null}');
INSERT INTO swap VALUES(3,'01a2009587b071d4bab81d52ad893856','guest',1795306129328,'committed',3,'{"id":"01a2009587b071d4bab81d52ad893856","slot":"guest","origin":{"kind":"client","name":"golden","fixed_list":false},"reason":"manual_request","requested_at":1795306129328,"from":{"plugin":"relay","version":"1.0.0","digest":"6d14ea65bf50798883b722168849920b22f895915d49caa0755d1c2cb070e379","schema":1,"generation":2},"to":{"plugin":"relay","version":"1.0.0","digest":"6d14ea65bf50798883b722168849920b22f895915d49caa0755d1c2cb070e379","schema":1,"generation":3},"outcome":{"kind":"committed"},"drift":{"kind":"identical","added":[],"removed":[],"edited":[],"diff":"","bytes":3133},"replay":null,"migrations":[],"steps":[{"step":"load","micros":0},{"step":"shadow","micros":1077},{"step":"quiesce","micros":25},{"step":"export","micros":4},{"step":"import","micros":28},{"step":"migrate","micros":51},{"step":"start","micros":3},{"step":"record","micros":53},{"step":"commit","micros":438}],"pause_us":610,"paused_at_us":1795306129330653,"waited_calls":0,"orphaned_calls":0,"warnings":[],"restart":true,"backup":null}');
INSERT INTO swap VALUES(4,'01a2009587c771abbeb1b47470d13acf','guest',1795306129351,'committed',4,'{"id":"01a2009587c771abbeb1b47470d13acf","slot":"guest","origin":{"kind":"command-line"},"reason":null,"requested_at":1795306129351,"from":{"plugin":"relay","version":"1.0.0","digest":"6d14ea65bf50798883b722168849920b22f895915d49caa0755d1c2cb070e379","schema":1,"generation":3},"to":{"plugin":"relay","version":"2.0.0","digest":"6173cc1ff256cffae9f02c1e199cdc470ae72bce0e70c1914ea8bb7daff98b9f","schema":1,"generation":4},"outcome":{"kind":"committed"},"drift":{"kind":"identical","added":[],"removed":[],"edited":[],"diff":"","bytes":3133},"replay":{"calls":2,"skipped":0,"differences":[{"tool":"append","diff":""},{"tool":"append","diff":""}],"different":2},"migrations":[],"steps":[{"step":"load","micros":639130},{"step":"shadow","micros":1280},{"step":"replay","micros":2811},{"step":"keep","micros":2962},{"step":"quiesce","micros":44},{"step":"export","micros":10},{"step":"import","micros":39},{"step":"migrate","micros":87},{"step":"start","micros":7},{"step":"record","micros":56},{"step":"commit","micros":537}],"pause_us":788,"paused_at_us":1795306129998633,"waited_calls":0,"orphaned_calls":0,"warnings":[],"restart":false,"backup":null}');
CREATE TABLE tool (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        slot TEXT NOT NULL,
        name TEXT NOT NULL,
        text TEXT NOT NULL,
        published_at INTEGER NOT NULL,
        edited_by TEXT,
        edited_at INTEGER,
        removed_by TEXT,
        removed_at INTEGER
    ) STRICT;
INSERT INTO tool VALUES(1,'guest','append','{"annotations":{"destructiveHint":false,"openWorldHint":false,"readOnlyHint":false},"description":"Appends a numbered row.","inputSchema":{"description":"A row to be.","properties":{"client":{"type":"string"},"number":{"type":"integer"}},"required":["client","number"],"type":"object"},"name":"append","outputSchema":{"description":"A row that was appended.","properties":{"id":{"type":"integer"},"version":{"description":"That wrote it.","type":"string"}},"required":["id","version"],"type":"object"}}',1795306129275,NULL,NULL,NULL,NULL);
INSERT INTO tool VALUES(2,'guest','list','{"annotations":{"openWorldHint":false,"readOnlyHint":true},"description":"Lists all rows.","inputSchema":{"description":"A tool without arguments.","properties":{},"type":"object"},"name":"list","outputSchema":{"properties":{"rows":{"description":"Client, number and version that wrote it, in the order in which they were appended.","items":{"maxItems":3,"minItems":3,"prefixItems":[{"type":"string"},{"type":"integer"},{"type":"string"}],"type":"array"},"type":"array"}},"required":["rows"],"type":"object"}}',1795306129275,NULL,NULL,NULL,NULL);
INSERT INTO tool VALUES(3,'guest','count','{"annotations":{"openWorldHint":false,"readOnlyHint":true},"description":"Counts the rows.","inputSchema":{"description":"A tool without arguments.","properties":{},"type":"object"},"name":"count","outputSchema":{"properties":{"count":{"type":"integer"}},"required":["count"],"type":"object"}}',1795306129275,NULL,NULL,NULL,NULL);
INSERT INTO tool VALUES(4,'guest','version','{"annotations":{"openWorldHint":false,"readOnlyHint":false},"description":"Says which version this is, and how often it was asked.","inputSchema":{"description":"A tool without arguments.","properties":{},"type":"object"},"name":"version","outputSchema":{"properties":{"asked":{"description":"How often it was asked, in the versions before this one too.","minimum":0,"type":"integer"},"version":{"type":"string"}},"required":["asked","version"],"type":"object"}}',1795306129275,NULL,NULL,NULL,NULL);
INSERT INTO tool VALUES(5,'guest','wait_for_word','{"annotations":{"destructiveHint":false,"openWorldHint":false,"readOnlyHint":false},"description":"Asks for a word and appends it.","inputSchema":{"properties":{"number":{"type":"integer"}},"required":["number"],"type":"object"},"name":"wait_for_word","outputSchema":{"properties":{"asked_by":{"description":"The version that asked.","type":"string"},"heard_by":{"description":"The version that heard the answer.","type":"string"},"id":{"type":"integer"}},"required":["asked_by","heard_by","id"],"type":"object"}}',1795306129275,NULL,NULL,NULL,NULL);
INSERT INTO tool VALUES(6,'guest','spin','{"annotations":{"destructiveHint":false,"openWorldHint":false,"readOnlyHint":false},"description":"Appends a numbered row and may not come back.","inputSchema":{"description":"A row to be.","properties":{"client":{"type":"string"},"number":{"type":"integer"}},"required":["client","number"],"type":"object"},"name":"spin","outputSchema":{"description":"A row that was appended.","properties":{"id":{"type":"integer"},"version":{"description":"That wrote it.","type":"string"}},"required":["id","version"],"type":"object"}}',1795306129275,NULL,NULL,NULL,NULL);
INSERT INTO tool VALUES(7,'guest','same','{"annotations":{"idempotentHint":true,"openWorldHint":false,"readOnlyHint":false},"description":"Answers what it was given.","inputSchema":{"properties":{"text":{"type":"string"}},"required":["text"],"type":"object"},"name":"same","outputSchema":{"properties":{"text":{"type":"string"}},"required":["text"],"type":"object"}}',1795306129275,NULL,NULL,NULL,NULL);
CREATE TABLE surface (slot TEXT PRIMARY KEY, digest TEXT NOT NULL, published_at INTEGER NOT NULL)
        STRICT, WITHOUT ROWID;
INSERT INTO surface VALUES('guest','6173cc1ff256cffae9f02c1e199cdc470ae72bce0e70c1914ea8bb7daff98b9f',1795306129999);
CREATE TABLE quarantine (
        slot TEXT NOT NULL,
        digest TEXT NOT NULL,
        refusal TEXT NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (slot, digest)
    ) STRICT, WITHOUT ROWID;
CREATE TABLE recording (slot TEXT PRIMARY KEY, sealed BLOB NOT NULL) STRICT;
INSERT INTO recording VALUES('guest',X'4d535459534c3032dd52dda6a10bae89d96fb5d15549e504b93aa6036be0fe5318e36a545b94d0dd4bc80b96da33d3f05cb4f6b4761f5d988960a4574b956eb0cc3341a932aaf1c21f2100d04cc863f9f8283662973011564a974e8b9da5c79fc5ad211dd5bf482eefe4a5df561f2f56f5266325cd1ba95eeaa3cd602ff8609ea4b1e55bd5e3b3f0ea358623834abdce7d3be74b5629a6b17c7be5a7bcc09b7fb3a69c624c0b6d0b9e08f755d3edfb23d5b287c737fa64be41925bd6c80ddfb822e5c3b31d0efaeae616c5aacbbe6eff81e7099238c178a49684fca3690d1b540ce2480e69d5254c7be0522e00cdb03e1498de83a52c0b5feb4f33323b3b0a0bc74bf1f2ed476ca065958f7a305cd5af2c16e088611f87e961e5803d45c8a82f23c80fba4e4b5d637f6609d0c4d6ea03532759a5d9a7facb8749649667ed0383d3c2ca66be0feb0f8e9bab797962a3c20e07785ccc6b904815bec3edebcffe9d02519188a5c5d737b2882ed59fe8373ba2e173b9353db3a68cf733ea16ef871b1d700b142ffb6e202787c68e2baf61cad56e7764603ae9a8c179a571c9c643e29fe8b52f6e2d3225568eaa4d26aa2dfac0927b4cc2fc94c0ca38b31cfecf2c4741c8dfa5ad71dea4e2e2d5c4a13b91756ce79b356244fab4b39d86ab3334d1a44be0e92547bc5e40c405af0e87956d2eb6f1c47316e1b795ae11e507b4b0bf5a0859c79d2fb8c4c5e18053697f455683ab1264ee63a0d79358f00becc24049adcd5c46887802e8e85d4df24c67be49416029');
CREATE TABLE audit (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        at INTEGER NOT NULL,
        action TEXT NOT NULL,
        outcome TEXT NOT NULL,
        entry TEXT NOT NULL
    ) STRICT;
INSERT INTO audit VALUES(1,'01a200958792737fbccaff7f2a9848ec',1795306129298,'orchestrator_restart_server','done','{"id":"01a200958792737fbccaff7f2a9848ec","at":1795306129298,"who":{"client":"mainstay","version":"0.1.0","session":null,"transport":"socket"},"action":"orchestrator_restart_server","arguments":{"plugin":"guest"},"reason":null,"outcome":"done","error_code":null,"swaps":["01a20095879376e3b4a3a185f290e53a"]}');
INSERT INTO audit VALUES(2,'01a2009587ad7172853481f65db39170',1795306129325,'orchestrator_restart_server','done','{"id":"01a2009587ad7172853481f65db39170","at":1795306129325,"who":{"client":"golden","version":"1","session":"01a20095848f717887f9b210905a0614","transport":"stdio"},"action":"orchestrator_restart_server","arguments":{},"reason":null,"outcome":"done","error_code":null,"swaps":["01a2009587b071d4bab81d52ad893856"]}');
INSERT INTO audit VALUES(3,'01a200958a5576308ddd1539a974eac1',1795306130005,'scheduled prune','done','{"id":"01a200958a5576308ddd1539a974eac1","at":1795306130005,"who":{"client":"mainstay","version":"0.1.0","session":null,"transport":"schedule"},"action":"scheduled prune","arguments":{"done":[],"problems":[],"slot":"guest"},"reason":"golden","outcome":"done","error_code":null,"swaps":[]}');
INSERT INTO audit VALUES(4,'01a200958f4e738b9839dafdb4b323c0',1795306131278,'scheduled prune','done','{"id":"01a200958f4e738b9839dafdb4b323c0","at":1795306131278,"who":{"client":"mainstay","version":"0.1.0","session":null,"transport":"schedule"},"action":"scheduled prune","arguments":{"done":[],"problems":[],"slot":"guest"},"reason":"golden","outcome":"done","error_code":null,"swaps":[]}');
INSERT INTO audit VALUES(5,'01a2009592267230a7a1bb9ae4fdaf49',1795306132005,'scheduled prune','done','{"id":"01a2009592267230a7a1bb9ae4fdaf49","at":1795306132005,"who":{"client":"mainstay","version":"0.1.0","session":null,"transport":"schedule"},"action":"scheduled prune","arguments":{"done":[],"problems":[],"slot":"guest"},"reason":"golden","outcome":"done","error_code":null,"swaps":[]}');
CREATE TABLE schedule_run (schedule TEXT PRIMARY KEY, seen_to INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO schedule_run VALUES('cron "* * * * * *" Prune guest',1795306132000);
CREATE TABLE session (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        client TEXT NOT NULL,
        version TEXT NOT NULL,
        protocol TEXT NOT NULL,
        transport TEXT NOT NULL,
        directory TEXT,
        process INTEGER NOT NULL,
        opened_at INTEGER NOT NULL,
        last_seen INTEGER NOT NULL,
        closed_at INTEGER,
        closed_by TEXT,
        interrupted_at INTEGER,
        continues TEXT UNIQUE
    ) STRICT;
INSERT INTO session VALUES(1,'01a20095848f717887f9b210905a0614','golden','1','2025-11-25','stdio','/home/anna',31489,1795306128527,1795306128779,NULL,NULL,1795306132553,NULL);
INSERT INTO session VALUES(2,'01a200959435761d9cbeed7c712c7764','golden','1','2025-11-25','stdio','/home/anna',31676,1795306132533,1795306132540,1795306132585,'client',NULL,'01a20095848f717887f9b210905a0614');
CREATE TABLE snapshot (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        slot TEXT NOT NULL,
        generation INTEGER NOT NULL,
        meta TEXT NOT NULL,
        sealed BLOB NOT NULL
    ) STRICT;
INSERT INTO snapshot VALUES(1,'01a20095878a7781a4a62d746eebf5d5','guest',1,'{"id":"01a20095878a7781a4a62d746eebf5d5","slot":"guest","generation":1,"plugin":"relay","version":"1.0.0","schema":1,"taken_at":1795306129290,"why":"start","entries":0,"secret_entries":0,"bytes":0}',X'4d535459534c3032dd52dda6a10bae89e83bd8f45cc46af15509a2e4e406c9f5a3985fcf080dd9c6ed545ee77fd4ffd7a45b00234c7991b26af5247c7758c0b83709ae08fa2270aae0754d5b69f75fde2a54ebc7793df88880a46d8ad59df1eb');
INSERT INTO snapshot VALUES(2,'01a20095879773a8b37296b0d4254f06','guest',2,'{"id":"01a20095879773a8b37296b0d4254f06","slot":"guest","generation":2,"plugin":"relay","version":"1.0.0","schema":1,"taken_at":1795306129303,"why":"swap","entries":0,"secret_entries":0,"bytes":1}',X'4d535459534c3032dd52dda6a10bae89d777373a8f851e9e7e9f10bcaa12d103ddac66e01d053f0219b293c1bd5891e6858101fa6e2dd2874909476423e7846327108f776a22206f862f6c72a82d0251d3e859e0ec4c67b3f578f1f7d8ad0389d3db385a5659399edee4f1a56686825c9b134fc3ec12');
INSERT INTO snapshot VALUES(3,'01a2009587b477f1b1bda89dd7335904','guest',3,'{"id":"01a2009587b477f1b1bda89dd7335904","slot":"guest","generation":3,"plugin":"relay","version":"1.0.0","schema":1,"taken_at":1795306129332,"why":"swap","entries":0,"secret_entries":0,"bytes":1}',X'4d535459534c3032dd52dda6a10bae8946458a6590b9a761354c9e1c2b52108f9ba7bcd1c1cfbee085d6d036e83a849a010e06f0e32a7359b16cb921bd6a61c5e2aaea40b3da245c63565a056092b6b8d84ffcc0d9cde97fe2d28d024243dec2682f6af1201921b5b5270077e7fd673e05c08624e1f7');
INSERT INTO snapshot VALUES(4,'01a200958a51777ba5911221e4d99f9c','guest',4,'{"id":"01a200958a51777ba5911221e4d99f9c","slot":"guest","generation":4,"plugin":"relay","version":"2.0.0","schema":1,"taken_at":1795306130001,"why":"swap","entries":0,"secret_entries":0,"bytes":1}',X'4d535459534c3032dd52dda6a10bae89c760ccbce9fb825e5d263bc36704375364bce5116c25d8cccd007a8cc7313660044c3467332237df235c90d46fa4eff41d97429a10c5be77cb74e2fc6d8dedd6f441b5739d249059a272fdade3fea4aec84c745ae5bc798ae287b8f0eeb595ae031a19392c9f');
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('tool',7);
CREATE INDEX swap_by_slot ON swap (slot, number);
CREATE UNIQUE INDEX tool_live ON tool (slot, name) WHERE removed_at IS NULL;
CREATE INDEX tool_by_name ON tool (name);
CREATE INDEX swap_restart ON swap (number) WHERE CASE WHEN json_valid(report) THEN report ->> '$.restart' END = 1;
CREATE INDEX snapshot_by_slot ON snapshot (slot, number);
COMMIT;
