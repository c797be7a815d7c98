import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { shared } from "../../../../../tools/testing/shared.ts"
import { ADAPTER_NAMES } from "../../model/adapter-names.ts"
import type { AdapterName } from "../../model/adapter-names.ts"
import { ADMIN_KEY, startTestGateway } from "../http/testing/start-gateway.ts"
import type { TestAnswer } from "../http/testing/start-gateway.ts"
import { entryOf } from "./adapters.ts"

interface Door {
  /** `TOKEN` marks the place where the protocol has its token. */
  readonly path: string
  readonly body: string
  /** The fields of the protocol's errors, and those that name a wrong token. */
  readonly error: readonly string[]
  readonly unauthorized: Readonly<Record<string, unknown>>
}

const PROBLEM = ["type", "title", "status", "detail", "code", "hint"]
const hook = (path: string, body: object): Door => ({
  path: `${path}?token=TOKEN`,
  body: JSON.stringify(body),
  error: PROBLEM,
  unauthorized: { status: 401, code: "unauthorized" },
})
const ALERTS = { alerts: [{ status: "firing", labels: { alertname: "Disk" }, annotations: {} }] }
const REPOSITORY = { action: "opened", repository: { full_name: "a/b" }, issue: { title: "x" } }

const DOORS: Readonly<Record<AdapterName, Door>> = {
  text: { ...hook("", {}), body: "x" },
  ntfy: {
    path: "/alerts?token=TOKEN",
    body: "x",
    error: ["code", "http", "error", "link"],
    unauthorized: { code: 40_101, http: 401 },
  },
  bark: {
    path: "/TOKEN",
    body: '{"body": "x"}',
    error: ["code", "message", "timestamp"],
    unauthorized: { code: 401 },
  },
  gotify: {
    path: "/message?token=TOKEN",
    body: '{"message": "x"}',
    error: ["error", "errorCode", "errorDescription"],
    unauthorized: { error: "Unauthorized", errorCode: 401 },
  },
  serverchan: {
    path: "/TOKEN.send",
    body: '{"title": "x"}',
    error: ["code", "message", "info", "args", "scode"],
    unauthorized: { code: 40_001, scode: 401 },
  },
  "message-pusher": {
    path: "/push/root?token=TOKEN",
    body: '{"title": "x"}',
    error: ["success", "message"],
    unauthorized: { success: false },
  },
  wecomchan: {
    path: "/?sendkey=TOKEN",
    body: '{"msg": "x"}',
    error: ["errcode", "errmsg"],
    unauthorized: { errcode: 40_001 },
  },
  robot: {
    path: "/send?key=TOKEN",
    body: '{"msgtype": "text", "text": {"content": "x"}}',
    error: ["errcode", "errmsg"],
    unauthorized: { errcode: 93_000 },
  },
  alertmanager: hook("", ALERTS),
  grafana: hook("", ALERTS),
  "uptime-kuma": hook("", { msg: "x", heartbeat: { status: 0 }, monitor: { name: "m" } }),
  github: hook("", REPOSITORY),
  gitlab: hook("", { object_kind: "push", project: { name: "p" } }),
  gitea: hook("", REPOSITORY),
  sentry: hook("", { action: "created", data: { issue: { title: "x" } } }),
  jenkins: hook("", { name: "job", build: { number: 1, status: "FAILURE" } }),
  json: hook("", { title: "x" }),
}

suite("each door below /in", () => {
  // By the gateway's clock: one request a second for each source and key, ten wrong tokens a minute for an address.
  let now = 1_800_000_000_000
  const started = shared(async (resources) =>
    resources.use(await startTestGateway({ limits: { requestsPerSecond: 1 }, now: () => now })),
  )
  const later = (): void => void (now += 61_000)

  const make = async (adapter: string): Promise<{ id: string; token: string }> => {
    later()
    const wish = { name: adapter, adapter, app: "alerts", to: { users: ["lisi"] } }
    const body = adapter === "json" ? { ...wish, template: "{{ title }}" } : wish
    const { status, json, text } = await started().request("/v1/sources", { body })
    assert.equal(status, 201, text)
    return json
  }
  const count = async (): Promise<number> => {
    later()
    return (await started().request("/v1/messages?limit=100")).json.items.length
  }
  const post = (adapter: AdapterName, token: string, body: unknown, query = ""): Promise<TestAnswer> => {
    const path = `/in/${adapter}${DOORS[adapter].path.replace("TOKEN", token)}`
    const more = query === "" ? "" : `${path.includes("?") ? "&" : "?"}${query}`
    return started().request(`${path}${more}`, { key: null, method: "POST", body })
  }

  test("ntfy: a text to the root is answered with where a text goes", async () => {
    const { token } = await make("ntfy")
    later()
    const { status, json } = await started().request(`/in/ntfy?token=${token}`, {
      key: null,
      method: "POST",
      body: "x",
    })
    assert.deepEqual([status, /\/in\/ntfy\/disk/.test(json.error)], [400, true])
  })

  for (const adapter of ADAPTER_NAMES) {
    const { body, error, unauthorized } = DOORS[adapter]
    // proves 32.in.bad: each adapter, each kind of bad input, in the caller's own form
    test(`${adapter}: what is unreadable, too large, unknown, revoked, without an audience or over the limit is refused in its own form`, async () => {
      const { id, token } = await make(adapter)
      const other = await make(adapter === "text" ? "ntfy" : "text")
      const removed = await make(adapter)
      later()
      await started().request(`/v1/sources/${removed.id}`, { method: "DELETE" })
      const before = await count()
      const large = "a".repeat(entryOf(adapter).bodyBytes + 1)
      const rows = [
        ["a token that never was", 401, () => post(adapter, `wps_${"a".repeat(50)}`, body)],
        ["the token of another adapter", 401, () => post(adapter, other.token, body)],
        ["the token of a removed source", 401, () => post(adapter, removed.token, body)],
        ["bytes that are no text", 400, () => post(adapter, token, new Uint8Array([0xff, 0xfe, 0x00]))],
        ["too large", 413, () => post(adapter, token, large)],
        ["a key without recipients", 422, () => post(adapter, ADMIN_KEY, body)],
        ["a source with recipients of the request", 422, () => post(adapter, token, body, "to=zhangsan")],
      ] as const
      for (const [what, status, ask] of rows) {
        later()
        refusedAs(await ask(), status, what)
      }
      assert.equal(await count(), before, "nothing is half accepted")

      later()
      const taken = await post(adapter, token, body)
      assert.ok(taken.status === 200 || taken.status === 202, taken.text)
      // Equal requests join the first; in a burst, some more than one a second are let in.
      let answer = taken
      for (let tries = 0; tries < 10 && answer.text === taken.text; tries++) answer = await post(adapter, token, body)
      refusedAs(answer, 429, "over the limit")
      assert.equal(await count(), before + 1)
      later()
      await started().request(`/v1/sources/${id}`, { method: "DELETE" })
    })

    const refusedAs = ({ status, json, text, headers }: TestAnswer, wanted: number, what: string): void => {
      // A group robot's errors are HTTP 200, as WeCom's are.
      assert.equal(status, adapter === "robot" ? 200 : wanted, `${what}: ${text}`)
      for (const name of error) assert.ok(name in json, `${what}: ${name} is not in ${text}`)
      if (adapter === "robot") assert.notEqual(json.errcode, 0, what)
      if (wanted === 429) assert.ok(Number(headers.get("retry-after")) > 0, what)
      if (wanted !== 401) return
      for (const [name, value] of Object.entries(unauthorized)) assert.deepEqual(json[name], value, `${what}: ${text}`)
      // Tokens in the query are accepted here: the hint of the /v1 paths would mislead.
      if (error === PROBLEM) assert.match(json.hint, /Below \/in .*`wecom-push sources create`/, what)
    }
  }
})
