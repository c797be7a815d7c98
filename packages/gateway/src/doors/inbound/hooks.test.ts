import assert from "node:assert/strict"
import { createHmac } from "node:crypto"
import { suite, test } from "node:test"
import { shared } from "../../../../../tools/testing/shared.ts"
import { onEachStore } from "../http/testing/each-store.ts"
import { addSource, startInbound } from "./testing/start-inbound.ts"

const SECRET = "a signing secret of ours"
const mac = (...parts: readonly string[]) => {
  const digest = createHmac("sha256", SECRET)
  for (const part of parts) digest.update(part)
  return digest.digest("hex")
}

const alert = (status: string, labels: object, summary: string) => ({
  status,
  labels: { alertname: "DiskFull", severity: "critical", ...labels },
  annotations: { summary },
  startsAt: "2026-12-01T08:00:00Z",
  endsAt: "0001-01-01T00:00:00Z",
  generatorURL: "http://prometheus.example/graph",
  fingerprint: "f00",
})
const group = (...alerts: object[]) => ({
  version: "4",
  status: "firing",
  receiver: "wecom",
  groupKey: "{}:{alertname='DiskFull'}",
  truncatedAlerts: 0,
  groupLabels: { alertname: "DiskFull" },
  commonLabels: { alertname: "DiskFull", severity: "critical", cluster: "bj" },
  commonAnnotations: {},
  externalURL: "http://alertmanager.example",
  alerts,
})
const repository = { full_name: "shop/web", html_url: "https://git.example/shop/web" }

interface Row {
  readonly adapter: string
  readonly what: string
  readonly headers?: Record<string, string>
  readonly body: object
  readonly shows: readonly (string | RegExp)[]
  readonly priority?: string
}

/** Requests in the form that each program documents, with our own values. */
const ROWS: readonly Row[] = [
  {
    adapter: "alertmanager",
    what: "two that fire and one that is resolved",
    body: group(
      alert("resolved", { instance: "web-3" }, "磁盘恢复"),
      alert("firing", { instance: "web-1" }, "磁盘 91%"),
      alert("firing", { instance: "web-2", severity: "info" }, '磁盘 <font color="info">80%'),
    ),
    shows: [
      '**<font color="warning">告警 2</font> <font color="info">已恢复 1</font>** DiskFull',
      "> severity=critical cluster=bj",
      /<font color="warning">critical<\/font> \[磁盘 91%\]\(http:\/\/prometheus\.example\/graph\) <font color="comment">web-1<\/font>[^]*<font color="comment">info<\/font>[^]*<font color="info">已恢复<\/font> \[磁盘恢复\]/,
      '＜font color="info">80%',
      "[查看](http://alertmanager.example)",
    ],
    priority: "high",
  },
  {
    adapter: "alertmanager",
    what: "all resolved",
    body: { ...group(alert("resolved", {}, "over")), status: "resolved" },
    shows: ['**<font color="info">已恢复 1</font>** DiskFull'],
  },
  {
    adapter: "alertmanager",
    what: "more than one message holds",
    body: group(...Array.from({ length: 200 }, (_, n) => alert("firing", { instance: `web-${n}` }, "磁盘".repeat(20)))),
    shows: [/告警 200/, /还有 1\d\d 条/],
    priority: "high",
  },
  {
    adapter: "grafana",
    what: "a contact point",
    body: {
      ...group({ ...alert("firing", { severity: "warning" }, "CPU"), panelURL: "https://grafana.example/d/1" }),
      version: "1",
      orgId: 1,
      title: "[FIRING:1] CPU",
      state: "alerting",
      message: "m",
    },
    shows: ['<font color="warning">warning</font> [CPU](https://grafana.example/d/1)'],
  },
  {
    adapter: "uptime-kuma",
    what: "a monitor that is down",
    body: {
      heartbeat: { status: 0, msg: "timeout", time: "2026-12-01 08:00:00" },
      monitor: { name: "shop", url: "https://shop.example" },
      msg: "[shop] [Down] timeout",
    },
    shows: ['**<font color="warning">故障</font>** [shop](https://shop.example)', "[shop] [Down] timeout"],
    priority: "high",
  },
  {
    adapter: "github",
    what: "a push",
    headers: { "x-github-event": "push" },
    body: {
      ref: "refs/heads/main",
      repository,
      commits: [{ id: "0123456789abcdef", message: "fix: a\n\nb", url: "https://git.example/c/0" }],
      sender: { login: "lisi" },
    },
    shows: [
      "**shop/web** push",
      "> main",
      "[01234567](https://git.example/c/0) fix: a",
      '<font color="comment">lisi</font>',
    ],
  },
  {
    adapter: "github",
    what: "a workflow that failed",
    headers: { "x-github-event": "workflow_run" },
    body: {
      action: "completed",
      workflow_run: { name: "CI", conclusion: "failure", html_url: "https://git.example/r/1" },
      repository,
      sender: { login: "lisi" },
    },
    shows: [
      '**shop/web** workflow run completed <font color="warning">failure</font>',
      "[CI](https://git.example/r/1)",
    ],
    priority: "high",
  },
  {
    adapter: "gitea",
    what: "an issue",
    headers: { "x-gitea-event": "issues" },
    body: {
      action: "opened",
      issue: { title: "坏了", html_url: "https://git.example/i/1" },
      repository,
      sender: { login: "lisi" },
    },
    shows: ["**shop/web** issues opened", "[坏了](https://git.example/i/1)"],
  },
  {
    adapter: "gitlab",
    what: "a merge request",
    headers: { "x-gitlab-event": "Merge Request Hook" },
    body: {
      object_kind: "merge_request",
      user: { username: "lisi" },
      project: { name: "web", path_with_namespace: "shop/web" },
      object_attributes: { title: "新功能", action: "open", url: "https://git.example/m/1" },
    },
    shows: ["**shop/web** Merge Request open", "[新功能](https://git.example/m/1)"],
  },
  {
    adapter: "sentry",
    what: "an issue",
    headers: { "sentry-hook-resource": "event_alert" },
    body: {
      action: "triggered",
      data: {
        event: { title: "TypeError: x", level: "error", web_url: "https://sentry.example/1", culprit: "app.ts" },
      },
    },
    shows: ['**<font color="warning">error</font>** [TypeError: x](https://sentry.example/1)', "app.ts"],
    priority: "high",
  },
  {
    adapter: "jenkins",
    what: "a build",
    body: {
      name: "web",
      url: "job/web/",
      build: {
        full_url: "https://ci.example/job/web/7/",
        number: 7,
        phase: "FINALIZED",
        status: "FAILURE",
        scm: { branch: "main" },
      },
    },
    shows: ['**<font color="warning">FAILURE</font>** [web #7](https://ci.example/job/web/7/)', "FINALIZED main"],
    priority: "high",
  },
]

suite("hooks of programs that watch and build", () => {
  const started = shared(async (resources) => {
    const day = resources.use(await startInbound())
    const tokens = new Map<string, string>()
    for (const { adapter } of ROWS) if (!tokens.has(adapter)) tokens.set(adapter, await addSource(day, adapter))
    return { day, tokens }
  })

  for (const { adapter, what, headers = {}, body, shows, priority = "normal" } of ROWS) {
    // client: Grafana | grafana | request
    // client: Uptime Kuma | uptime-kuma | request
    // client: GitHub | github | request
    // client: GitLab | gitlab | request
    // client: Gitea, Forgejo | gitea | request
    // client: Sentry | sentry | request
    // client: Jenkins | jenkins | request
    // proves 32.in.hooks: each documented request
    test(`${adapter}: ${what}`, async () => {
      const { day, tokens } = started()
      const answer = await day.ask(`/in/${adapter}?token=${tokens.get(adapter)}`, { body, headers })
      assert.equal(answer.status, 200, answer.text)
      const shown: string = (await day.shown()).at(-1)?.["markdown"].content
      for (const text of shows) {
        if (typeof text === "string") assert.ok(shown.includes(text), `${text} is not in\n${shown}`)
        else assert.match(shown, text)
      }
      assert.ok(Buffer.byteLength(shown) <= 2048)
      assert.equal((await day.newest())["priority"], priority)
    })
  }

  // proves 32.in.hooks: what cannot be read goes as a text
  test("what an adapter cannot read goes as a text, and a line of the log says so", async () => {
    const { day, tokens } = started()
    for (const [adapter, token] of tokens) {
      const lines = day.logLines.length
      const body = `{"of": "another shape, for ${adapter}"}`
      const answer = await day.ask(`/in/${adapter}?token=${token}`, { body })
      assert.equal(answer.status, 200, answer.text)
      assert.equal((await day.shown()).at(-1)?.["text"].content, body)
      assert.match(day.logLines.slice(lines).join(""), /sent as a text/)
    }
  })

  // proves 32.in.bad: hooks
  test("bytes that are no text, an empty body and one that is too large are refused, and nothing is accepted", async () => {
    const { day, tokens } = started()
    const before = await day.count()
    for (const [adapter, token] of tokens) {
      const rows = [
        ["", 400],
        [new Uint8Array([0xff, 0xfe]), 400],
        ["a".repeat(1024 * 1024 + 1), 413],
      ] as const
      for (const [body, status] of rows) {
        const answer = await day.ask(`/in/${adapter}?token=${token}`, { method: "POST", body })
        assert.equal(answer.status, status, `${adapter}: ${answer.text}`)
        assert.equal(answer.json.code.length > 0, true)
      }
      assert.equal((await day.ask(`/in/${adapter}?token=${token}`, { method: "HEAD" })).status, 200)
    }
    assert.equal(await day.count(), before)
  })
})

const event = JSON.stringify({ action: "opened", issue: { title: "坏了" }, repository, sender: { login: "lisi" } })
const SIGNED: readonly (readonly [adapter: string, headers: Record<string, string>])[] = [
  ["github", { "x-hub-signature-256": `sha256=${mac(event)}` }],
  ["gitea", { "x-gitea-signature": mac(event) }],
  ["gitlab", { "x-gitlab-token": SECRET }],
  ["sentry", { "sentry-hook-signature": mac(event) }],
  ["grafana", { "x-grafana-alerting-signature": mac(event) }],
]

// proves 32.in.bad: wrong signatures
test("a request of a source with a signing secret is refused without its signature, and with another", async () => {
  await using day = await startInbound()
  for (const [adapter, headers] of SIGNED) {
    const token = await addSource(day, adapter, { signing_secret: SECRET })
    const post = (given: Record<string, string>, body = event) =>
      day.ask(`/in/${adapter}?token=${token}`, { body, headers: given })
    const before = await day.count()
    assert.equal((await post({})).status, 401, adapter)
    if (adapter !== "gitlab") assert.equal((await post(headers, `${event} `)).status, 401, adapter)
    const wrong = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.replace(/.$/, "x")]))
    assert.equal((await post(wrong)).status, 401, adapter)
    assert.equal(await day.count(), before)
    assert.equal((await post(headers)).status, 200, adapter)
    assert.equal(await day.count(), before + 1)
  }
  const token = await addSource(day, "grafana", { signing_secret: SECRET })
  const at = (seconds: number) => {
    const time = String(Math.floor(Date.now() / 1000) - seconds)
    const headers = { "x-time": time, "x-mine": mac(`${time}:`, event) }
    return day.ask(`/in/grafana?token=${token}`, { body: event, headers })
  }
  assert.deepEqual([(await at(0)).status, (await at(3600)).status], [200, 401])
  const gitlab = await addSource(day, "gitlab")
  assert.equal((await day.ask("/in/gitlab", { body: event, headers: { "x-gitlab-token": gitlab } })).status, 200)
})

onEachStore("a delivery that comes again", (started) => {
  // proves 32.in.replays: on each store
  test("is the message that it was, also once that is sent; another delivery is another message", async () => {
    const { request, until } = started()
    const source = { name: "gh", adapter: "github", app: "alerts", to: { users: ["lisi"] } }
    const { token } = (await request("/v1/sources", { body: source })).json
    const post = (delivery: string) =>
      request(`/in/github?token=${token}`, { key: null, body: event, headers: { "x-github-delivery": delivery } })
    const first = await post("d1")
    await until(first.json.id, "sent")
    const again = await post("d1")
    assert.deepEqual([again.status, again.json.id], [200, first.json.id])
    assert.equal(again.headers.get("idempotent-replayed"), "true")
    assert.notEqual((await post("d2")).json.id, first.json.id)
  })
})
