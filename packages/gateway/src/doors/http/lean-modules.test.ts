import assert from "node:assert/strict"
import { readFileSync, mkdtempDisposableSync } from "node:fs"
import { registerHooks } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { setImmediate } from "node:timers/promises"
import { fileURLToPath } from "node:url"

/**
 * The gateway's files, and those of its dependencies, that this process has loaded; so nothing of ours is imported above.
 */
const loaded = new Set<string>()
registerHooks({
  load(url, context, next) {
    if (url.startsWith("file:")) loaded.add(fileURLToPath(url))
    return next(url, context)
  },
})

/** The files of ways in or out that are not configured. */
const UNUSED: Readonly<Record<string, RegExp>> = {
  "an adapter of a source": /[/]gateway[/]src[/]doors[/]inbound[/][^/]+[/]/,
  "what adapters share":
    /[/]gateway[/]src[/]doors[/]inbound[/](?:alerts|forge|hooks|markdown|note|payload|signed)[.]ts$/,
  "connections of smart robots": /[/]gateway[/]src[/]channels[/]smart-robot[/](?!smart-robots[.]ts|party-of-bot[.]ts)/,
  "templates of sources": /[/]node_modules[/]liquidjs[/]|[/]templates[/]template-thread[.]ts$/,
}

/** Files that are loaded in any case: doors, their rules, and the code that waits for a robot to be registered. */
const THERE =
  /[/](?:gateway[/]src[/](?:channels[/](?:group|smart)-robot|doors[/]inbound|doors[/]compat[/](?:forward|chats)|accept[/]templates)|sdk[/]src[/](?:bot|robot|chats))[/]/

// proves 32.unused: where nothing of it is configured
test("where no source, robot, chat or forwarding is configured, no adapter and no template engine is loaded, and little of the rest", async () => {
  const { startGateway } = await import("../../app/main.ts")
  const { startSimulator } = await import("@wecom-push/simulator")
  using folder = mkdtempDisposableSync(join(tmpdir(), "lean-modules-"))
  await using simulator = await startSimulator({ port: 0 })
  const [alerts] = simulator.org.apps
  assert.ok(alerts !== undefined)
  const adminKey = "a".repeat(40)
  await using gateway = await startGateway({
    environment: { WECOM_PUSH_ADMIN_KEY: adminKey },
    port: 0,
    databaseFile: join(folder.path, "gateway.db"),
    baseUrl: simulator.url,
    apps: [{ name: "alerts", corpId: simulator.org.corp_id, agentId: alerts.agentid, secret: alerts.secret }],
    logTo: { write: () => undefined },
  })
  const body = JSON.stringify({ to: { mobiles: ["13800000001"] }, msgtype: "text", text: { content: "你好" } })
  const headers = { authorization: `Bearer ${adminKey}`, "content-type": "application/json" }
  assert.equal((await fetch(`${gateway.url}/v1/messages`, { method: "POST", headers, body })).status, 202)
  await simulator.waitForMessage({ userid: "zhangsan", text: "你好" })

  const files = [...loaded]
  assert.ok(
    files.some((file) => file.endsWith("/gateway/src/doors/server.ts")),
    "the gateway's own files are seen",
  )
  for (const [what, unused] of Object.entries(UNUSED))
    assert.deepEqual(
      files.filter((file) => unused.test(file)),
      [],
      what,
    )
  const there = files.filter((file) => THERE.test(file)).map((file) => readFileSync(file).length)
  const bytes = there.reduce((sum, length) => sum + length, 0)
  assert.ok(bytes < MOST_BYTES, `${there.length} files of ${bytes} bytes`)

  // A door exists in any case, and the first request loads what it needs.
  assert.equal((await fetch(`${gateway.url}/in/text`, { method: "POST", body: "你好" })).status, 401)
  const adapters = [...loaded].filter((file) => UNUSED["an adapter of a source"]?.test(file))
  assert.ok(adapters.length > 0, "the files of an adapter are seen")
  const robot = JSON.stringify({ name: "assistant", kind: "bot", bot_id: "bot_not_there", secret: "s".repeat(40) })
  assert.equal((await fetch(`${gateway.url}/v1/apps`, { method: "POST", headers, body: robot })).status, 201)
  while (![...loaded].some((file) => UNUSED["connections of smart robots"]?.test(file))) await setImmediate()
})

/**
 * The most bytes of these sources, including comments and types: a tenth of the 3 MB of memory that may be used for them.
 */
const MOST_BYTES = 300_000
