import assert from "node:assert/strict"
import { networkInterfaces } from "node:os"
import { test } from "node:test"
import { startBench } from "../testing/try-command.ts"
import type { Ran } from "../testing/try-command.ts"

interface ToldStep {
  readonly step: string
  readonly state: string
  readonly details: readonly string[]
  readonly hint: string | null
}

function steps({ json }: Ran): ToldStep[] {
  return json["steps"] as ToldStep[]
}

function states(ran: Ran): Record<string, string> {
  return Object.fromEntries(steps(ran).map(({ step, state }) => [step, state]))
}

test("all is well: every step says what was found", async () => {
  await using bench = await startBench()
  const ran = await bench.run(["doctor", "--json", "--mobile", "13800000001"])
  assert.equal(ran.code, 0)
  assert.equal(ran.json.ok, true)
  assert.deepEqual(states(ran), { reach: "ok", token: "ok", app: "ok", person: "ok" })
  assert.match(
    steps(ran)
      .map(({ details }) => details.join(" "))
      .join(" "),
    /告警.*zhangsan.*licence/,
  )
})

test("for people: settings with name and source, steps with marks, in both languages", async () => {
  await using bench = await startBench()
  const en = await bench.run(["doctor"])
  assert.equal(en.code, 0)
  assert.match(en.stdout, /WECOM_CORP_ID +ww0000000000000001 +\(environment\)/)
  assert.match(en.stdout, /WECOM_APP_SECRET +\(set\)/)
  assert.match(en.stdout, /✓ token/)
  assert.match(en.stderr, /All is well\.\nNext:\n {2}wecom-push doctor --mobile /)
  const zh = await bench.run(["doctor", "--lang", "zh"])
  assert.match(zh.stdout, /WECOM_CORP_ID +ww0000000000000001 +（环境变量）/)
  assert.match(zh.stdout, /✓ 凭证/)
  assert.match(zh.stderr, /一切正常/)
})

// proves 30.next: doctor's next step
test("30.next: when all is well the next step is named, by the address that was looked up", async () => {
  await using bench = await startBench()
  const { stderr } = await bench.run(["doctor", "--mobile", "13800000001", "--lang", "en"])
  assert.match(stderr, /Next:\n {2}wecom-push send --mobile 13800000001 --text "disk 91%"\n$/)
  const underNpx = await bench.run(["doctor", "--lang", "en"], { env: { npm_command: "exec" } })
  assert.match(underNpx.stderr, /Next:\n {2}npx wecom-push doctor --mobile 13800000001\n$/)
  const database = await bench.run(["doctor", "--database", "sqlite:./none.db", "--lang", "zh"])
  assert.match(database.stderr, /下一步：\n {2}wecom-push serve --database sqlite:\.\/none\.db\n$/)
  const blank = await bench.run(["doctor", "--database", "sqlite:./no ne.db", "--lang", "zh"])
  assert.match(blank.stderr, /serve --database "sqlite:\.\/no ne\.db"\n$/)
  const usual = await bench.run(["doctor", "--database", "--lang", "zh"])
  assert.match(usual.stderr, /下一步：\n {2}wecom-push serve\n$/)
})

test("nothing configured: exit 2, and what is needed is listed as not set", async () => {
  await using bench = await startBench()
  const ran = await bench.run(["doctor"], { blank: true })
  assert.equal(ran.code, 2)
  assert.match(ran.stdout, /✗ configuration/)
  assert.match(ran.stdout, /WECOM_AGENT_ID +not set/)
  assert.match(ran.stdout, /WECOM_API_BASE_URL +https:\/\/qyapi\.weixin\.qq\.com +\(default\)/)
  assert.match(ran.stderr, /export WECOM_CORP_ID/)
})

const troubles = [
  { what: "a name that does not exist", env: { WECOM_API_BASE_URL: "https://nowhere.invalid" }, failed: "reach" },
  { what: "a port where nothing listens", env: { WECOM_API_BASE_URL: "http://127.0.0.1:9" }, failed: "reach" },
  { what: "a wrong secret", env: { WECOM_APP_SECRET: "wrong" }, failed: "token" },
  { what: "a wrong corp", env: { WECOM_CORP_ID: "ww9" }, failed: "token" },
  { what: "another app's AgentId", env: { WECOM_AGENT_ID: "1000003" }, failed: "app" },
] as const

for (const { what, env, failed } of troubles) {
  test(`${what}: exit 3, the step ${failed} fails with a way to correct it, the rest is not tried`, async () => {
    await using bench = await startBench()
    const ran = await bench.run(["doctor", "--json", "--mobile", "13800000001"], { env })
    assert.equal(ran.code, 3)
    const index = steps(ran).findIndex(({ step }) => step === failed)
    assert.equal(steps(ran)[index]?.state, "failed")
    assert.notEqual(steps(ran)[index]?.hint, null)
    for (const { state } of steps(ran).slice(index + 1)) assert.equal(state, "skipped")
    for (const { state } of steps(ran).slice(0, index)) assert.equal(state, "ok")
  })
}

test("https where there is no TLS: doctor says to write http, which works; it is no certificate", async () => {
  await using bench = await startBench()
  const env = { WECOM_API_BASE_URL: bench.url.replace("http:", "https:") }
  for (const [language, says, advice] of [
    ["en", /answers without TLS/, /→ [^]*with http:\/\//],
    ["zh", /没有使用 TLS/, /→ [^]*写成 http:\/\//],
  ] as const) {
    const ran = await bench.run(["doctor", "--lang", language], { env })
    assert.equal(ran.code, 3)
    assert.match(ran.stdout, says)
    assert.match(ran.stdout, advice)
    assert.doesNotMatch(ran.stdout, /certificate|证书/)
  }
  assert.equal((await bench.run(["doctor"])).code, 0)
})

test("an address that is not trusted: the token is fine, the hint names the address to add", async () => {
  await using bench = await startBench()
  const org = (await bench.control("GET", "org")) as Record<string, unknown>
  await bench.control("PUT", "org", { ...org, trusted_ips: ["203.0.113.7"] })
  const ran = await bench.run(["doctor", "--json"])
  assert.equal(ran.code, 3)
  assert.deepEqual(states(ran), { reach: "ok", token: "ok", app: "failed" })
  assert.match(steps(ran)[2]?.hint ?? "", /127\.0\.0\.1/)
  assert.equal(ran.json.error?.errcode, 60020)
})

interface AppJson {
  enabled: boolean
  visible: { departments: number[]; members: string[]; tags: number[] }
}

test("an app that is disabled, or sees no member, is named", async () => {
  await using bench = await startBench()
  const org = (await bench.control("GET", "org")) as { apps: AppJson[] }
  const [app] = org.apps
  assert.ok(app)
  app.visible = { departments: [], members: [], tags: [] }
  await bench.control("PUT", "org", org)
  const blind = await bench.run(["doctor"])
  assert.equal(blind.code, 3)
  assert.match(blind.stdout, /visible range is empty/)
  app.visible = { departments: [2], members: [], tags: [] }
  app.enabled = false
  await bench.control("PUT", "org", org)
  const disabled = await bench.run(["doctor", "--lang", "zh"])
  assert.equal(disabled.code, 3)
  assert.match(disabled.stdout, /停用/)
})

test("an unknown person: exit 3, asked of WeCom anew", async () => {
  await using bench = await startBench()
  await bench.run(["lookup", "--mobile", "13911112222"])
  const ran = await bench.run(["doctor", "--mobile", "13911112222"])
  assert.equal(ran.code, 3)
  assert.match(ran.stdout, /✗ person +No member/)
  assert.equal((await bench.calls("user/getuserid")).length, 2)
})

test("an address over plain http away from this machine is warned of", async (t) => {
  const outside = Object.values(networkInterfaces())
    .flat()
    .find((face) => face?.family === "IPv4" && !face.internal)
  if (outside === undefined) return t.skip("this machine has no address but loopback")
  await using bench = await startBench({ host: "0.0.0.0" })
  const env = { WECOM_API_BASE_URL: bench.url.replace("127.0.0.1", outside.address) }
  const ran = await bench.run(["doctor", "--json"], { env })
  assert.equal(ran.code, 0)
  assert.equal(states(ran)["reach"], "warning")
  assert.match(ran.stdout, /in the clear/)
})

// proves 28.doctor: what doctor calls well
test("28: a call that was answered only at the tenth try works, and all is not well", async () => {
  await using bench = await startBench()
  await bench.fault({ path: "agent/get", kind: "http_status", status: 502, times: 9 })
  const en = await bench.run(["doctor", "--lang", "en"])
  assert.equal(en.code, 0)
  assert.match(en.stdout, /✓ token/)
  assert.match(en.stdout, /! app [^]*9 tries before that failed: HTTP 502[^]*× 9[^]*→ Something between/)
  assert.doesNotMatch(en.stderr, /All is well/)
  assert.match(en.stderr, /It works; see what is marked with !/)
  await bench.fault({ path: "user/getuserid", kind: "errcode", errcode: -1, times: 2 })
  const zh = await bench.run(["doctor", "--lang", "zh", "--mobile", "13800000001"])
  assert.match(zh.stdout, /此前有 2 次请求失败：errcode -1 × 2/)
  assert.doesNotMatch(zh.stderr, /一切正常/)
})

// proves 28.doctor: what doctor calls well
test("28: a proxy on this machine that is away is named as the proxy, and not taken for a simulator", async () => {
  await using bench = await startBench()
  const env = { WECOM_API_BASE_URL: "https://wecom.example", HTTPS_PROXY: "http://127.0.0.1:9" }
  const en = await bench.run(["doctor", "--lang", "en"], { env })
  assert.equal(en.code, 3)
  assert.match(
    en.stdout,
    /✗ reach\w* +through the proxy 127\.0\.0\.1:9[^]*→ The proxy 127\.0\.0\.1:9 is the one of HTTPS_PROXY/,
  )
  assert.doesNotMatch(en.stdout, /simulat/)
  const zh = await bench.run(["doctor", "--lang", "zh"], { env })
  assert.match(zh.stdout, /代理 127\.0\.0\.1:9 来自 HTTPS_PROXY/)
})
