// flagd's own evaluation: reads definitions and contexts, and prints what each context gets for each flag.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(`${process.env.MODULES}/`);
const { FlagdCore } = require("@openfeature/flagd-core");

const { definitions, contexts } = JSON.parse(readFileSync(0, "utf8"));
const quiet = { error() {}, warn() {}, info() {}, debug() {} };
const core = new FlagdCore(undefined, quiet);
core.setConfigurations(JSON.stringify(definitions));
const answers = {};
for (const flag of Object.keys(definitions.flags)) {
  answers[flag] = contexts.map((it) => core.resolveBooleanEvaluation(flag, true, it, quiet).value);
}
console.log(JSON.stringify(answers));
