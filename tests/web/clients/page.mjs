// A page in a browser, as far as Node.js is one: asks for all flags of one user, and prints what it sees whenever it hears of a change.
import { createRequire } from "node:module";

const require = createRequire(`${process.env.MODULES}/`);
const { OpenFeature, ProviderEvents } = require("@openfeature/web-sdk");
const { OFREPWebProvider } = require("@openfeature/ofrep-web-provider");

const print = () => {
  const { value, reason, errorCode } = OpenFeature.getClient().getBooleanDetails(process.env.FLAG, true);
  console.log(JSON.stringify({ value, reason, errorCode }));
};

await OpenFeature.setContext({ targetingKey: process.env.USER_KEY, tier: "pro" });
const headers = [["Authorization", `Bearer ${process.env.TOKEN}`]];
await OpenFeature.setProviderAndWait(new OFREPWebProvider({ baseUrl: process.env.ADDRESS, headers, pollInterval: 0 }));
print();
OpenFeature.addHandler(ProviderEvents.ConfigurationChanged, print);
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
