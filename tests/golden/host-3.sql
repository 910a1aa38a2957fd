PRAGMA application_id = 1297306696;
PRAGMA user_version = 3;
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
INSERT INTO swap VALUES(1,'01a2009599c777ca98ff4744b5bb7b45','guest',1795306133959,'committed',1,'{"id":"01a2009599c777ca98ff4744b5bb7b45","slot":"guest","origin":{"kind":"start"},"reason":null,"requested_at":1795306133959,"from":null,"to":{"plugin":"relay","version":"1.0.0","digest":"6d14ea65bf50798883b722168849920b22f895915d49caa0755d1c2cb070e379","schema":1,"generation":1},"outcome":{"kind":"committed"},"drift":null,"replay":null,"migrations":["appended"],"steps":[{"step":"export","micros":2},{"step":"import","micros":344},{"step":"migrate","micros":194},{"step":"start","micros":107},{"step":"record","micros":187},{"step":"commit","micros":2376}],"pause_us":3315,"paused_at_us":1795306133963338,"waited_calls":0,"orphaned_calls":0,"warnings":[],"restart":false,"backup":null}');
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
INSERT INTO tool VALUES(1,'guest','append','{"annotations":{"destructiveHint":false,"openWorldHint":false,"readOnlyHint":false},"description":"Appends a numbered row.","inputSchema":{"description":"A row to be.","properties":{"client":{"type":"string"},"number":{"type":"integer"}},"required":["client","number"],"type":"object"},"name":"append","outputSchema":{"description":"A row that was appended.","properties":{"id":{"type":"integer"},"version":{"description":"That wrote it.","type":"string"}},"required":["id","version"],"type":"object"}}',1795306133969,NULL,NULL,NULL,NULL);
INSERT INTO tool VALUES(2,'guest','list','{"annotations":{"openWorldHint":false,"readOnlyHint":true},"description":"Lists all rows.","inputSchema":{"description":"A tool without arguments.","properties":{},"type":"object"},"name":"list","outputSchema":{"properties":{"rows":{"description":"Client, number and version that wrote it, in the order in which they were appended.","items":{"maxItems":3,"minItems":3,"prefixItems":[{"type":"string"},{"type":"integer"},{"type":"string"}],"type":"array"},"type":"array"}},"required":["rows"],"type":"object"}}',1795306133969,NULL,NULL,NULL,NULL);
INSERT INTO tool VALUES(3,'guest','count','{"annotations":{"openWorldHint":false,"readOnlyHint":true},"description":"Counts the rows.","inputSchema":{"description":"A tool without arguments.","properties":{},"type":"object"},"name":"count","outputSchema":{"properties":{"count":{"type":"integer"}},"required":["count"],"type":"object"}}',1795306133969,NULL,NULL,NULL,NULL);
INSERT INTO tool VALUES(4,'guest','version','{"annotations":{"openWorldHint":false,"readOnlyHint":false},"description":"Says which version this is, and how often it was asked.","inputSchema":{"description":"A tool without arguments.","properties":{},"type":"object"},"name":"version","outputSchema":{"properties":{"asked":{"description":"How often it was asked, in the versions before this one too.","minimum":0,"type":"integer"},"version":{"type":"string"}},"required":["asked","version"],"type":"object"}}',1795306133969,NULL,NULL,NULL,NULL);
INSERT INTO tool VALUES(5,'guest','wait_for_word','{"annotations":{"destructiveHint":false,"openWorldHint":false,"readOnlyHint":false},"description":"Asks for a word and appends it.","inputSchema":{"properties":{"number":{"type":"integer"}},"required":["number"],"type":"object"},"name":"wait_for_word","outputSchema":{"properties":{"asked_by":{"description":"The version that asked.","type":"string"},"heard_by":{"description":"The version that heard the answer.","type":"string"},"id":{"type":"integer"}},"required":["asked_by","heard_by","id"],"type":"object"}}',1795306133969,NULL,NULL,NULL,NULL);
INSERT INTO tool VALUES(6,'guest','spin','{"annotations":{"destructiveHint":false,"openWorldHint":false,"readOnlyHint":false},"description":"Appends a numbered row and may not come back.","inputSchema":{"description":"A row to be.","properties":{"client":{"type":"string"},"number":{"type":"integer"}},"required":["client","number"],"type":"object"},"name":"spin","outputSchema":{"description":"A row that was appended.","properties":{"id":{"type":"integer"},"version":{"description":"That wrote it.","type":"string"}},"required":["id","version"],"type":"object"}}',1795306133969,NULL,NULL,NULL,NULL);
INSERT INTO tool VALUES(7,'guest','same','{"annotations":{"idempotentHint":true,"openWorldHint":false,"readOnlyHint":false},"description":"Answers what it was given.","inputSchema":{"properties":{"text":{"type":"string"}},"required":["text"],"type":"object"},"name":"same","outputSchema":{"properties":{"text":{"type":"string"}},"required":["text"],"type":"object"}}',1795306133969,NULL,NULL,NULL,NULL);
CREATE TABLE surface (slot TEXT PRIMARY KEY, digest TEXT NOT NULL, published_at INTEGER NOT NULL)
        STRICT, WITHOUT ROWID;
INSERT INTO surface VALUES('guest','6d14ea65bf50798883b722168849920b22f895915d49caa0755d1c2cb070e379',1795306133969);
CREATE TABLE quarantine (
        slot TEXT NOT NULL,
        digest TEXT NOT NULL,
        refusal TEXT NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (slot, digest)
    ) STRICT, WITHOUT ROWID;
CREATE TABLE recording (slot TEXT PRIMARY KEY, sealed BLOB NOT NULL) STRICT;
INSERT INTO recording VALUES('guest',X'4d535459534c3032dd52dda6a10bae89029d3926b198639fd7bf9bfcf97a6e680eb49cce3d0e67842b1183c88a4fa8d650c1f3b802858b6a587d394e716c078c7c3ba54fbb1af3a10dd96ad14b37da15ad90e9f96f293d58fdf151ecdd5d67a7922adceb5037e52f39a0d83acd799615866b55b1d51c60597a61d7c385f02cf78f12f7d2d39aea607402be5a870881bb1ca29300260a4a1ecbf3294e57e059f3bf4e853789fe4dcd7eeb0877fd2239a5699f24518ed18fb866261c814618e82f47d21b196d4ccb8fa2fe3094975c8ee06a4dbdf7320cf32d349cc2829a62ae2f6faed288df85d5105bf101d4145f0ebc838903e1ed5904e8e0a707868462fabd70b636aa4172e3b17bfe33fe46a65829564131b7d645ff5c8dbb77bb1d370acc46d7d122ceff4a69b9574425f702e58e9c99acecaae26a6a4badc49c4e3d926fd2f01f9c203625fb355f609961385350155a70ef4cd51477f466cf42b31dace59ad306567ea8a5f36e4b03db29dfd546ae12303953d8b43e18e7f6287aac010506c2b2bc91fb5faff2ba6f73a134632ede9de5e103ae546b3f20946158dc1189e10ccf73b421afa1101819541e9e2f09a2051d5327c55bc90641601ab1e0239a7055f740337a7c063b99d81e060d6e249191bcd78fed8b7409e7c7398c0e6f4e887c96d3d130da29285ea5f55c4f7ddce487acb9aaa1783af18d0c25f31afa211d81015e07c2010ea95b5e4b2709172a85aeca7a2e2b37b6e1036de03f4ff3f3c98994b77fc2ccddbb9b538059ba856ed867ced25a7ba67dcadd6138c44fbd48c0c07ef6f73c1720cfcd067a2d48caacbb93beed8257a37f6387c39623d45ebc15c162ab0b17bc62beb556a27b302fb1ca99a2fdd74997ff087769ef7339f57737d2ec66906f39531784190dff6400fde8462706db7cd6658d3c2507c3dc8f5aa6cebaf4f276d513b3f576c2845bf7aec9ff20ec851c2812feb55a2cefeb5b165eb7a5e5ca94813cd801596a3d1a5f3715d274f7f80cce4f8645008cffa359f583138db68f4bdbb12c427abb2f8b8416d4c6a249807a2b4626cad358ce0ae696243d6c0b5d1685bc190fddfa4fb0b061f2aeba48d98e3f250f52b360f0f2fdcffd19f12bc0163b665467ff03c1ba6798150931df791c5fd99a80eeb97b274d3caa0d19d69d8da5b30b9cc859678f1fd0de1463719887f00bc17e32437cb6f1d8ddf383bda29d5987ac4879d472034c594aa9026ded4d2d7751904fc7e8d9e409cfac35c16d01f46bb1237f8e953f37a949a6fd5dbedce9a094335927f12d910873138a87971446a9d198fa3c41cc8d95f3c622f421c66e5d277d7dc7cee8c935ffcee4d971665829e140e7d2ccf3b2c726bcaca7f65570ceecae88b75764b54b0569c71190c1b0ce95a08e355c359fce297fe0d0a8fbf1b05289b7e939b2eb52ce6a7e397e399e35e44e6fe6d0305bff38f5526de8acdcde0ac61d99555bd261c212703b7491b399fbcd3bdf8a5e00efdd');
CREATE TABLE audit (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        at INTEGER NOT NULL,
        action TEXT NOT NULL,
        outcome TEXT NOT NULL,
        entry TEXT NOT NULL
    ) STRICT;
INSERT INTO audit VALUES(1,'01a20095979070d88adbd30cb5b94a55',1795306133392,'token_create','done','{"id":"01a20095979070d88adbd30cb5b94a55","at":1795306133392,"who":{"client":"mainstay","version":"0.1.0","session":null,"transport":"command line"},"action":"token_create","arguments":{"expires_at":null,"id":"pr4sntoa","name":"laptop","role":"operator"},"reason":null,"outcome":"done","error_code":null,"swaps":[]}');
INSERT INTO audit VALUES(2,'01a2009597b87405a940ce97aa121e6c',1795306133432,'token_create','done','{"id":"01a2009597b87405a940ce97aa121e6c","at":1795306133432,"who":{"client":"mainstay","version":"0.1.0","session":null,"transport":"command line"},"action":"token_create","arguments":{"expires_at":null,"id":"c4jzgpk5","name":"gone","role":"user"},"reason":null,"outcome":"done","error_code":null,"swaps":[]}');
INSERT INTO audit VALUES(3,'01a2009597e172c6adb6b3adb1201296',1795306133473,'token_revoke','done','{"id":"01a2009597e172c6adb6b3adb1201296","at":1795306133473,"who":{"client":"mainstay","version":"0.1.0","session":null,"transport":"command line"},"action":"token_revoke","arguments":{"id":"c4jzgpk5"},"reason":null,"outcome":"done","error_code":null,"swaps":[]}');
CREATE TABLE schedule_run (schedule TEXT PRIMARY KEY, seen_to INTEGER NOT NULL) STRICT, WITHOUT ROWID;
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
INSERT INTO session VALUES(1,'0f627875d5413bc2d9056514165ee8c9','golden','1','2025-11-25','http',NULL,31752,1795306133498,1795306133498,1795306133989,'client',NULL,NULL);
CREATE TABLE snapshot (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        slot TEXT NOT NULL,
        generation INTEGER NOT NULL,
        meta TEXT NOT NULL,
        sealed BLOB NOT NULL
    ) STRICT;
INSERT INTO snapshot VALUES(1,'01a2009599d7702db86936254904fcdb','guest',1,'{"id":"01a2009599d7702db86936254904fcdb","slot":"guest","generation":1,"plugin":"relay","version":"1.0.0","schema":1,"taken_at":1795306133975,"why":"start","entries":0,"secret_entries":0,"bytes":0}',X'4d535459534c3032dd52dda6a10bae8999ddb73b0afe49d11d3a96706daefab4e4e36c52f8ea19bf915b1ac0a32934ff2adf4770974c44fe77a345a6b3b3005fad645c4a3626c522c2809ccba0c42529e48e7798f8a147912dfd75be4d9f2653');
CREATE TABLE http_session (
        key BLOB PRIMARY KEY,
        principal TEXT,
        params TEXT NOT NULL,
        log_level TEXT,
        opened_at INTEGER NOT NULL,
        last_seen INTEGER NOT NULL,
        expires INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
INSERT INTO http_session VALUES(X'0f627875d5413bc2d9056514165ee8c902f5bba5f9588e22364c3b972d50be2f','token:pr4sntoa','{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"golden","version":"1"}}','info',1795306133493,1795306133978,4102444800000);
CREATE TABLE http_event (
        number INTEGER PRIMARY KEY,
        key BLOB NOT NULL,
        stream TEXT NOT NULL,
        place INTEGER NOT NULL,
        common INTEGER NOT NULL,
        handed INTEGER NOT NULL,
        expires INTEGER NOT NULL,
        sealed BLOB NOT NULL,
        UNIQUE (key, stream, place)
    ) STRICT;
INSERT INTO http_event VALUES(1,X'0f627875d5413bc2d9056514165ee8c902f5bba5f9588e22364c3b972d50be2f','f61d23ca-1',1,0,1,4102444800000,X'4d535459534c3032dd52dda6a10bae893836e96fb4fb670775172c6829f69856114cd3de136c67157983629d826d05c0f6b8afb54e6cb70238cd78d2dc2a3f5669e493dd259c8ac499ed2dd861e61f792e966773e008774a31178b76');
INSERT INTO http_event VALUES(2,X'0f627875d5413bc2d9056514165ee8c902f5bba5f9588e22364c3b972d50be2f','f61d23ca-2',1,0,1,4102444800000,X'4d535459534c3032dd52dda6a10bae896fa285ab3d3e93312eacc2bef4a39b38573726c66b43e8d914e4dc7ddd0899671ae39a090b7938d42546e93564737495ae3ee6b64fc614065fce697cda5fa93376b30f8fbb9f88cfe8fbe1f324e020f8ab8765388760a57ed07bc32f7d1eeff7205aee8c8f530a4fcd35f09303a81082e84cb446a5d966910405b975f1ec240a20cec9206ee0e9a016fc9423fe6c168352f60710eaa1cc97ef333008d820fc1a0c0909f4e7a7594c615822980cd747a86d4f14e5b6f989305735b011db1ca576ee9e4931fde98ec46bbd12604b2b2d6d');
INSERT INTO http_event VALUES(3,X'0f627875d5413bc2d9056514165ee8c902f5bba5f9588e22364c3b972d50be2f','f61d23ca-3',1,0,1,4102444800000,X'4d535459534c3032dd52dda6a10bae898b850729a16c88750854f9c52ce11f1f6f8f6840e392df07aab1a8322c3bdebc414bd7972f1bb66b9870866daebb41baf8bf22f1f7dcea46ed50b75f32e746b125e1cd7a9ee52b54a3947cefc5e52f823b778a4cc609d4560eda9a6f65d4316b74f0ccfea00404cd70e634f7b2060041df98978b7011e7b66930569af6180a275b74251c5cca0b2e84f87ecec6ee623a66f8e8fa0ee9782a48e14ccf44d35797223cde2694eec8d1141d53b53244c63a6fc4ddda7973857f3a1d39e4523f31b3efd67144d89bcdd1b7bffcdf13026c6e9ffe2afa45d0');
CREATE TABLE token (
        id TEXT PRIMARY KEY,
        hash BLOB NOT NULL,
        name TEXT NOT NULL,
        role TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        expires_at INTEGER,
        last_used_at INTEGER,
        revoked_at INTEGER
    ) STRICT, WITHOUT ROWID;
INSERT INTO token VALUES('c4jzgpk5',X'b5983a24eb5ca2904a60ac18e6b2bb0d956e8da13d8b05fb257c672c15feeb3a','gone','user',1795306133426,NULL,NULL,1795306133473);
INSERT INTO token VALUES('pr4sntoa',X'de3b9f5a0678edaa61f3d4e312bb5c5a88cc500d3ba1398dcb2493d65dbb868e','laptop','operator',1795306133391,NULL,1795305600000,NULL);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('tool',7);
CREATE INDEX swap_by_slot ON swap (slot, number);
CREATE UNIQUE INDEX tool_live ON tool (slot, name) WHERE removed_at IS NULL;
CREATE INDEX tool_by_name ON tool (name);
CREATE INDEX swap_restart ON swap (number) WHERE CASE WHEN json_valid(report) THEN report ->> '$.restart' END = 1;
CREATE INDEX snapshot_by_slot ON snapshot (slot, number);
CREATE INDEX http_session_by_expiry ON http_session (expires);
CREATE INDEX http_event_by_expiry ON http_event (expires);
COMMIT;
