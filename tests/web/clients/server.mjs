// An application on a server: asks by OpenFeature for each user of a line, and prints who sees the flag.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(`${process.env.MODULES}/`);
const { OpenFeature } = require("@openfeature/server-sdk");
const { OFREPProvider } = require("@openfeature/ofrep-provider");

const headers = [["Authorization", `Bearer ${process.env.TOKEN}`]];
await OpenFeature.setProviderAndWait(new OFREPProvider({ baseUrl: process.env.ADDRESS, headers }));
const client = OpenFeature.getClient();

for await (const line of createInterface({ input: process.stdin })) {
  const { flag, contexts } = JSON.parse(line);
  const answers = [];
  for (let start = 0; start < contexts.length; start += 20) {
    const some = contexts.slice(start, start + 20);
    answers.push(...(await Promise.all(some.map((it) => client.getBooleanDetails(flag, true, it)))));
  }
  console.log(JSON.stringify(answers));
}
process.exit(0);
