import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { test } from "node:test"
import { startGateway } from "@wecom-push/gateway"
import { startSimulator } from "@wecom-push/simulator"
import { pathOf, without } from "../tools/testing/programs.ts"
import { TemporaryFolder } from "../packages/gateway/src/store/testing/open-store.ts"

// The alert rules before a real Prometheus, with what a real gateway says of itself.

const RULES = join(import.meta.dirname, "prometheus-alerts.yaml")
const KEY = "a-key-of-more-than-thirty-two-characters"

interface Ran {
  readonly code: number | null
  readonly output: string
}

async function promtool(args: readonly string[], input?: string): Promise<Ran> {
  const child = spawn(pathOf("promtool"), args, { stdio: ["pipe", "pipe", "pipe"] })
  child.stdin.end(input)
  const [output, complaints, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")])
  return { code: code as number | null, output: `${output}${complaints}` }
}

interface Watched {
  /** One a minute. */
  readonly scrapes: readonly string[]
}

const skip = without("promtool")

const MINUTES = 15

/** What `/metrics` of a gateway says in a quarter of an hour in which a message waits, or went out. */
async function watch(baseUrl: string): Promise<Watched> {
  using folder = new TemporaryFolder()
  const clock = { aheadMs: 0 }
  await using gateway = await startGateway({
    environment: { WECOM_PUSH_ADMIN_KEY: KEY, LOG_LEVEL: "silent" },
    port: 0,
    databaseFile: folder.file(),
    baseUrl,
    apps: [{ name: "alerts", corpId: "ww0000000000000001", agentId: 1_000_002, secret: "sim-secret-alerts" }],
    now: () => Date.now() + clock.aheadMs,
  })
  const ask = async (path: string, body?: object): Promise<string> => {
    const answer = await fetch(gateway.url + path, {
      headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
      ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
    })
    assert.ok(answer.ok, `${path}: ${answer.status}`)
    return answer.text()
  }
  const message = { to: { users: ["zhangsan"] }, msgtype: "text", text: { content: "磁盘 91%" } }
  const { id } = JSON.parse(await ask("/v1/messages", message)) as { id: string }
  for (let isSettled = false; !isSettled;) {
    const { state, problem } = JSON.parse(await ask(`/v1/messages/${id}`)) as { state: string; problem: object | null }
    isSettled = state === "sent" || problem !== null
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  const scrapes: string[] = []
  for (let minute = 0; minute <= MINUTES; minute++) {
    clock.aheadMs = minute * 60_000
    scrapes.push(await ask("/metrics"))
  }
  return { scrapes }
}

/** As promtool wants them: each series with its values, minute by minute, and `_` where there was none. */
function seriesOf({ scrapes }: Watched): readonly { readonly series: string; readonly values: string }[] {
  const values = new Map<string, string[]>()
  for (const [minute, scrape] of scrapes.entries()) {
    for (const [, name = "", labels = "", value = ""] of scrape.matchAll(/^(\w+)(?:\{(.*)\})? (\S+)$/gm)) {
      const series = `${name}{${[labels, 'job="wecom-push"', 'instance="gateway:7788"'].filter(Boolean).join(",")}}`
      const known = values.get(series) ?? []
      values.set(series, known)
      while (known.length < minute) known.push("_")
      known.push(value)
    }
  }
  return [...values].map(([series, list]) => ({ series, values: list.join(" ") }))
}

/** Do exactly these alerts fire at the end, each once? */
function firing(watched: Watched, alerts: readonly string[]): Promise<Ran> {
  const up = { series: 'up{job="wecom-push",instance="gateway:7788"}', values: `1x${MINUTES}` }
  return firingOf([...seriesOf(watched), up], alerts)
}

async function firingOf(series: readonly object[], alerts: readonly string[]): Promise<Ran> {
  using folder = new TemporaryFolder()
  const file = folder.file("rules-test.yaml")
  writeFileSync(
    file,
    // What is JSON is YAML too.
    JSON.stringify({
      rule_files: [RULES],
      evaluation_interval: "1m",
      tests: [
        {
          interval: "1m",
          input_series: series,
          promql_expr_test: [
            {
              expr: 'count by (alertname) (ALERTS{alertstate="firing"})',
              eval_time: `${MINUTES}m`,
              exp_samples: alerts.map((alertname) => ({ labels: `{alertname="${alertname}"}`, value: 1 })),
            },
          ],
        },
      ],
    }),
  )
  return await promtool(["test", "rules", file])
}

test("Prometheus takes the alert rules", { skip }, async () => {
  const { code, output } = await promtool(["check", "rules", RULES])
  assert.equal(code, 0, output)
})

test(
  "a gateway that cannot reach WeCom raises the alerts for that and for lateness, and no other",
  { skip },
  async () => {
    const watched = await watch("http://127.0.0.1:9")
    const { code, output } = await firing(watched, ["WecomPushMessagesLate", "WecomPushUnreachable"])
    assert.equal(code, 0, output)
    const none = await firing(watched, [])
    assert.notEqual(none.code, 0, "the check itself sees what fires")
  },
)

test("a gateway that is well raises none, and says its figures as Prometheus wants them", { skip }, async () => {
  await using simulator = await startSimulator({ port: 0 })
  const watched = await watch(simulator.url)
  const { code, output } = await firing(watched, [])
  assert.equal(code, 0, output)
  const checked = await promtool(["check", "metrics"], watched.scrapes[0])
  assert.doesNotMatch(checked.output, /error while linting/)
  const ours = checked.output.split("\n").filter((line) => line !== "" && !/^wecom_push_(?:nodejs|process)_/.test(line))
  assert.deepEqual(ours, [])
})

test("of what several gateways on one database say alike, the rules count one", { skip }, async () => {
  const unfinished = (gateway: string, database: string, count: number): object => ({
    series: `wecom_push_unfinished_messages{instance="${gateway}",database="${database}",app="alerts",priority="normal"}`,
    values: `${count}x${MINUTES}`,
  })
  const isPaused = (gateway: string): object => ({
    series: `wecom_push_app_paused{instance="${gateway}",database="a",app="alerts"}`,
    values: `1x${MINUTES}`,
  })
  const nodes = { series: 'wecom_push_nodes{instance="one",database="a"}', values: `2x3 1x${MINUTES}` }
  const together = await firingOf([unfinished("one", "a", 300_000), unfinished("two", "a", 300_000)], [])
  assert.equal(together.code, 0, together.output)
  const each = [unfinished("one", "a", 600_000), unfinished("two", "a", 600_000), unfinished("three", "b", 300_000)]
  const fired = ["WecomPushAppPaused", "WecomPushBacklogLarge", "WecomPushGatewayMissing"]
  const { code, output } = await firingOf([...each, isPaused("one"), isPaused("two"), nodes], fired)
  assert.equal(code, 0, output)
})
