// An application with Unleash's own client: asks once, and prints which of so many users see a feature.
import { createRequire } from "node:module";

const require = createRequire(`${process.env.MODULES}/`);
const { startUnleash } = require("unleash-client");

const unleash = await startUnleash({
  url: `${process.env.ADDRESS}/api/`,
  appName: "an application",
  instanceId: "a server",
  customHeaders: { Authorization: process.env.TOKEN },
  disableMetrics: true,
  storageProvider: new (require("unleash-client").InMemStorageProvider)(),
});
const users = [...Array(Number(process.env.USERS)).keys()];
console.log(JSON.stringify(users.filter((it) => unleash.isEnabled(process.env.FLAG, { userId: String(it) }))));
unleash.destroy();
