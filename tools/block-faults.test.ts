import assert from "node:assert/strict"
import { test } from "node:test"
import { blockFaults, unknownVariables } from "./block-faults.ts"
import { fencedBlocks } from "./fenced-blocks.ts"
import { knownCommands, knownRoutes, knownVariables } from "./known-names.ts"

const known = {
  commands: new Map([
    ["", new Set(["--version", "--help", "-h"])],
    ["send", new Set(["--text", "--json"])],
    ["keys", new Set<string>()],
    ["keys create", new Set(["--admin"])],
  ]),
  routes: ["/healthz", "/v1/messages", "/v1/messages/:id", "/cgi-bin/*"],
  isThere: (path: string) => path === "tools/" || path === "tools/check-docs.ts",
}

function faultsIn(language: string, body: string, before = ""): readonly string[] {
  return fencedBlocks(`${before}\`\`\`${language}\n${body}\n\`\`\`\n`).flatMap((block) => blockFaults(block, known))
}

// proves 12.C3: what code blocks of the docs name
test("JSON parses, unless it is marked as a fragment; of lines each does", () => {
  assert.deepEqual(faultsIn("json", '{"a": 1}'), [])
  assert.equal(faultsIn("json", '{"a": 1,}').length, 1)
  assert.deepEqual(faultsIn("json", '"a": 1', "<!-- fragment -->\n\n"), [])
  assert.deepEqual(faultsIn("jsonl", '{"a": 1}\n{"a": 2}'), [])
  assert.equal(faultsIn("jsonl", '{"a": 1}\n{"a":').length, 1)
})

// proves 12.C3: what code blocks of the docs name
test("a file of the project is there, unless the script makes it", () => {
  assert.deepEqual(faultsIn("sh", "node tools/check-docs.ts && ls tools/*.ts"), [])
  assert.equal(faultsIn("sh", "node tools/gone.ts").length, 1)
  assert.equal(faultsIn("text", "see tools/gone.ts").length, 1)
  assert.deepEqual(faultsIn("sh", "mkdir -p deploy/secrets\nls deploy/secrets/key"), [])
})

// proves 12.C3: what code blocks of the docs name
test("subcommands and flags of the command are there, over lines and behind a pipe too", () => {
  assert.deepEqual(faultsIn("sh", "npx wecom-push send --text '--nothing' --json | grep -o x"), [])
  assert.deepEqual(faultsIn("sh", "key=$(wecom-push keys create --admin)"), [])
  assert.equal(faultsIn("sh", "echo x | wecom-push send --txt hello").length, 1)
  assert.equal(faultsIn("sh", "wecom-push send \\\n  --text x \\\n  --admin").length, 1)
  assert.equal(faultsIn("sh", "wecom-push dispatch --json").length, 1)
  assert.equal(faultsIn("sh", "wecom-push keys create --text=x").length, 1)
})

// proves 12.C3: what code blocks of the docs name
test("what is asked for is a route", () => {
  assert.deepEqual(faultsIn("sh", 'curl "$URL/v1/messages/$id?limit=1" && curl http://127.0.0.1:7788/healthz'), [])
  assert.deepEqual(faultsIn("sh", "curl http://localhost:7780/cgi-bin/user/getuserid"), [])
  assert.deepEqual(faultsIn("sh", "curl https://qyapi.weixin.qq.com/gone"), [])
  assert.equal(faultsIn("sh", 'curl "$URL/v1/message"').length, 1)
  assert.equal(faultsIn("sh", "post /v1/gone '{}'").length, 1)
})

test("a variable of ours is read in a source, its file too", () => {
  const names = new Set(["WECOM_APP_SECRET"])
  assert.deepEqual(unknownVariables("`WECOM_APP_SECRET` or WECOM_APP_SECRET_FILE, all of WECOM_PUSH_…", names), [])
  assert.deepEqual(unknownVariables("WECOM_APP_SECRETS WECOM_APP_SECRETS", names), ["WECOM_APP_SECRETS"])
})

test("what is known comes from the command and the servers themselves", async () => {
  assert.ok(knownCommands().get("keys create")?.has("--admin"))
  assert.ok(knownVariables().has("WECOM_PUSH_MASTER_KEY"))
  const routes = await knownRoutes()
  for (const route of ["/v1/messages/:id", "/_sim/faults", "/healthz"]) assert.ok(routes.includes(route), route)
})
