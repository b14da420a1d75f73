// Judges recorded Slack requests (JSON lines of {method, body}) by JSON Schemas generated from the
// types of Slack's own client for Node, @slack/web-api: every argument known, of its type, none missing.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [log, folder] = process.argv.slice(2);
const require = createRequire(`${folder}/`);
const { createGenerator } = await import(require.resolve("ts-json-schema-generator"));
const Ajv = require("ajv");

const requests = readFileSync(log, "utf8").trim().split("\n").map((line) => JSON.parse(line));
const argumentsOf = (method) =>
  `${method.split(".").map((word) => word[0].toUpperCase() + word.slice(1)).join("")}Arguments`;
const methods = [...new Set(requests.map(({ method }) => method))].sort();

const generator = createGenerator({
  path: `${folder}/node_modules/@slack/web-api/dist/types/request/index.d.ts`,
  skipTypeCheck: true,
  additionalProperties: false,
});
const ajv = new Ajv({ strict: false, allErrors: true });
const judges = new Map();
const wrong = new Set();
for (const method of methods) {
  try {
    judges.set(method, ajv.compile(generator.createSchema(argumentsOf(method))));
  } catch (error) {
    wrong.add(`${method}: @slack/web-api has no ${argumentsOf(method)}: ${error.message.split("\n")[0]}`);
  }
}

// The wire carries lists, objects, booleans and numbers as they are, or as text in a form; the types speak of the former.
const read = (value) => {
  if (typeof value !== "string" || !/^([[{]|true$|false$|\d{1,9}$)/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
};
const cleaned = (body) => Object.fromEntries(Object.entries(body).map(([key, value]) => [key, read(value)]));

for (const { method, body } of requests) {
  const judge = judges.get(method);
  if (judge && !judge(cleaned(body))) {
    // The errors of every alternative of a block are many; the deepest says most.
    const deepest = [...judge.errors].sort((a, b) => b.instancePath.length - a.instancePath.length)[0];
    wrong.add(`${method}: ${deepest.instancePath || "/"} ${deepest.message} ${JSON.stringify(deepest.params)}`);
  }
}

// A judge that lets everything pass judges nothing: each method's own request, spoiled, must be refused.
let refused = 0;
for (const method of judges.keys()) {
  const { body } = requests.find((request) => request.method === method);
  const judge = judges.get(method);
  const spoiled = [{ ...cleaned(body), no_such_argument: 1 }];
  if (body.blocks) spoiled.push({ ...cleaned(body), blocks: [{ type: "section", txt: 1 }] });
  if (body.channel) spoiled.push({ ...cleaned(body), channel: 7 });
  for (const bad of spoiled) {
    if (judge(bad)) wrong.add(`the judge accepts ${method} ${JSON.stringify(bad).slice(0, 80)}`);
    else refused += 1;
  }
}

for (const sentence of [...wrong].sort()) console.log(sentence);
console.log(
  `${requests.length} requests of ${methods.length} methods by the types of @slack/web-api, ` +
    `${refused} spoiled ones refused, ${wrong.size} kinds of mistakes`,
);
process.exit(wrong.size || !requests.length ? 1 : 0);
