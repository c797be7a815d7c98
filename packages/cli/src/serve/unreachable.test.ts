import assert from "node:assert/strict"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { startSimulator } from "@wecom-push/simulator"
import { start } from "../testing/start-process.ts"
import { freePort } from "../../../../tools/testing/free-port.ts"

const KEY = "an-admin-key-of-more-than-32-characters"

// proves 10.6: what operators see
test("a gateway with a wrong address of WeCom says so everywhere within seconds; once it is right everything goes out", async () => {
  const home = await mkdtemp(join(tmpdir(), "wecom-push-unreachable-"))
  await using _ = { [Symbol.asyncDispose]: () => rm(home, { recursive: true, force: true }) }
  const port = await freePort()
  await using gateway = start(["serve", "--port", "0", "--json"], home, {
    WECOM_API_BASE_URL: `http://127.0.0.1:${port}`,
    WECOM_CORP_ID: "ww0000000000000001",
    WECOM_AGENT_ID: "1000002",
    WECOM_APP_SECRET: "sim-secret-alerts",
    WECOM_PUSH_ADMIN_KEY: KEY,
  })
  const { url } = JSON.parse(/^\{"url".*\}$/m.exec(await gateway.says(/^\{"url".*\}$/m))?.[0] ?? "") as { url: string }
  const env = { WECOM_PUSH_URL: url, WECOM_PUSH_KEY: KEY, LANG: "en_US.UTF-8" }
  const ask = async (path: string, body?: object): Promise<string> => {
    const answer = await fetch(url + path, {
      headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
      ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
    })
    return answer.text()
  }
  const run = (...argv: readonly string[]) => start(argv, home, env).ended()
  const message = { to: { users: ["zhangsan"] }, msgtype: "text", text: { content: "磁盘 91%" } }
  const { id } = JSON.parse(await ask("/v1/messages", message)) as { id: string }
  const told = await gateway.says(/WeCom cannot be reached/)
  const line = told.split("\n").find((one) => one.includes("WeCom cannot be reached")) ?? ""
  assert.deepEqual((JSON.parse(line) as { cause: string; tries: number }).cause, "refused")

  const { problem, delay } = JSON.parse(await ask(`/v1/messages/${id}`)) as Record<string, Record<string, string>>
  assert.equal(problem?.["code"], "wecom_unreachable")
  assert.match(problem["errmsg"] ?? "", new RegExp(`127\\.0\\.0\\.1:${port}`))
  assert.equal(delay?.["reason"], "unreachable")
  assert.match(await ask("/metrics"), /^wecom_push_app_unreachable\{app="default"\} 1$/m)
  assert.equal((await fetch(`${url}/readyz`)).status, 200)
  const status = await run("status", id)
  assert.equal(status.code, 4)
  assert.match(status.stderr, /pending: waits for WeCom, which cannot be reached/)
  assert.match(
    status.stderr,
    /WeCom cannot be reached since .*Nothing listens there: check host and port of the base URL/,
  )
  const waited = await run("send", "--app", "default", "--user", "lisi", "--text", "x", "--wait", "1")
  assert.equal(waited.code, 4)
  assert.match(waited.stderr, /Still pending after 1 s.*\n?.*WeCom cannot be reached since/)
  const ill = await run("doctor", "--gateway", url)
  assert.equal(ill.code, 3)
  assert.match(ill.stdout, /default: WeCom cannot be reached since .*unfinished messages: 2/)
  assert.match(ill.stdout, /→ Nothing listens there/)
  assert.doesNotMatch(ill.stdout + ill.stderr, /All is well/)

  await using simulator = await startSimulator({ port })
  assert.equal((await run("status", id, "--wait", "120")).code, 0)
  await gateway.says(/WeCom can be reached again/)
  const shown = (await (await fetch(`${simulator.url}/_sim/messages?userid=zhangsan`)).json()) as { messages: object[] }
  assert.equal(shown.messages.length, 1)
  assert.match(await ask("/metrics"), /^wecom_push_app_unreachable\{app="default"\} 0$/m)
  assert.doesNotMatch(await ask("/v1/status"), /refused/)
  const well = await run("doctor", "--gateway", url, "--lang", "zh")
  assert.equal(well.code, 0, well.stdout)
})
