// Says what came of a run of the suite, whose results are in the folder that is named: node count.mjs FOLDER

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const counts = {};
const warned = [];
let scenarios = 0;
for (const name of readdirSync(process.argv[2], { recursive: true })) {
  if (!name.endsWith("checks.json")) continue;
  scenarios += 1;
  for (const check of JSON.parse(readFileSync(join(process.argv[2], name), "utf8"))) {
    counts[check.status] = (counts[check.status] ?? 0) + 1;
    if (check.status === "WARNING") warned.push(check.id);
  }
}
const count = (status) => counts[status] ?? 0;
const words = [`${scenarios} scenarios`, `${count("SUCCESS")} checks passed`, `${count("FAILURE")} failed`];
if (count("SKIPPED") > 0) words.push(`${count("SKIPPED")} skipped`);
if (warned.length > 0) words.push(`${warned.length} with a warning: ${[...new Set(warned)].join(", ")}`);
console.log(words.join(", "));
