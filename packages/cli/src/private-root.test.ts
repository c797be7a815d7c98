import assert from "node:assert/strict"
import { test } from "node:test"
import { setTimeout } from "node:timers/promises"
import { behindPrivateRoot } from "./testing/private-root.ts"
import { start } from "./testing/start-process.ts"
import { startBench } from "./testing/try-command.ts"

const APP = { WECOM_CORP_ID: "ww0000000000000001", WECOM_APP_SECRET: "sim-secret-alerts", WECOM_AGENT_ID: "1000002" }
const SEND = ["send", "--mobile", "13800000001", "--text", "你好"]

// proves 11.N3: IPv6, proxies, a private root
test("a company's own root is trusted where NODE_EXTRA_CA_CERTS names it, and nothing is sent where it does not", async () => {
  await using bench = await startBench()
  await using proxy = await behindPrivateRoot(bench.url)
  const env = { ...APP, WECOM_API_BASE_URL: proxy.url, LANG: "en_US.UTF-8" }
  const refused = await start(SEND, bench.folder, env).ended()
  assert.equal(refused.code, 3, refused.stderr)
  assert.match(refused.stderr, /NODE_EXTRA_CA_CERTS/)
  const sent = await start(SEND, bench.folder, { ...env, NODE_EXTRA_CA_CERTS: proxy.root }).ended()
  assert.equal(sent.code, 0, sent.stderr)
  assert.match(sent.stdout, /13800000001 +sent +zhangsan/)
})

// proves 11.N3: IPv6, proxies, a private root
test("a gateway trusts it too, in the thread that carries many calls as well", async () => {
  await using bench = await startBench({ members: 60 })
  await using proxy = await behindPrivateRoot(bench.url)
  const adminKey = "an-admin-key-of-more-than-32-characters"
  const env = {
    ...APP,
    WECOM_API_BASE_URL: proxy.url,
    WECOM_PUSH_ADMIN_KEY: adminKey,
    NODE_EXTRA_CA_CERTS: proxy.root,
  }
  await using gateway = start(["serve", "--port", "0", "--json"], bench.folder, env)
  const url = /"url":"(http:[^"]+)"/.exec(await gateway.says(/"url":"http/))?.[1] ?? ""
  const post = async (userid: string): Promise<string> => {
    const response = await fetch(`${url}/v1/messages`, {
      method: "POST",
      headers: { authorization: `Bearer ${adminKey}`, "content-type": "application/json" },
      body: JSON.stringify({ to: { users: [userid] }, msgtype: "text", text: { content: `to ${userid}` } }),
    })
    assert.equal(response.status, 202)
    return ((await response.json()) as { id: string }).id
  }
  const ids = await Promise.all(
    Array.from({ length: 60 }, (_, index) => post(`m${String(index + 1).padStart(6, "0")}`)),
  )
  const headers = { authorization: `Bearer ${adminKey}` }
  const stateOf = async (id: string): Promise<string> => {
    const { state } = (await (await fetch(`${url}/v1/messages/${id}`, { headers })).json()) as {
      readonly state: string
    }
    return state
  }
  const until = Date.now() + 60_000
  for (const id of ids) {
    while ((await stateOf(id)) !== "sent" && Date.now() < until) await setTimeout(50)
    assert.equal(await stateOf(id), "sent")
  }
  const { messages } = (await (await fetch(`${bench.url}/_sim/messages`)).json()) as { readonly messages: unknown[] }
  assert.equal(messages.length, 60)
})
