import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { createServer, request as requestByHttp } from "node:http"
import type { AddressInfo } from "node:net"
import { test } from "node:test"
import { promisify } from "node:util"
import { pathOf, without } from "../../../../../../tools/testing/programs.ts"
import { shared } from "../../../../../../tools/testing/shared.ts"
import { startWebhookAlertmanager } from "../testing/webhook-alertmanager.ts"
import { addSource, startInbound } from "../testing/start-inbound.ts"
import type { InboundDay } from "../testing/start-inbound.ts"

const run = promisify(execFile)
let day: InboundDay

shared(async (resources) => {
  day = resources.use(await startInbound())
})

async function newestText(): Promise<string> {
  const body = (await day.shown()).at(-1) ?? {}
  return String(body["text"]?.content ?? body["markdown"]?.content)
}

// client: curl | text | Debian
// proves 32.clients: curl
test(
  "curl sends a text with nothing but -d, and a title, a priority and a file by its flags",
  { skip: without("curl") },
  async () => {
    const token = await addSource(day, "text")
    const url = `${day.gateway.url}/in/text`
    const bearer = ["-H", `Authorization: Bearer ${token}`]
    await run(pathOf("curl"), ["-sSf", "-d", "磁盘 91%", ...bearer, url])
    assert.equal(await newestText(), "磁盘 91%")
    await run(pathOf("curl"), ["-sSf", "-u", `:${token}`, "-H", "Title: 备份", "-H", "Priority: 5", "-d", "完成", url])
    assert.equal(await newestText(), "备份\n完成")
    assert.equal((await day.newest())["priority"], "high")
    const refused = run(pathOf("curl"), ["-sSf", "-d", "x", "-u", ":wps_wrong", url])
    await assert.rejects(refused, { code: 22 })
  },
)

// client: ntfy (command) | ntfy | Debian
// proves 32.clients: the ntfy command
test(
  "the ntfy command publishes with a token, a title, tags and a priority, and gets a refusal in its own form",
  { skip: without("ntfy") },
  async () => {
    const token = await addSource(day, "ntfy")
    const topic = `${day.gateway.url}/in/ntfy/alerts`
    const flags = ["--token", token, "--title", "磁盘", "--priority", "high", "--tags", "warning"]
    const { stdout } = await run(pathOf("ntfy"), ["publish", ...flags, topic, "91% 已用"])
    const answer = JSON.parse(stdout) as Record<string, unknown>
    assert.deepEqual([answer["event"], answer["topic"]], ["message", "alerts"])
    assert.match(await newestText(), /磁盘\n91% 已用/)
    assert.equal((await day.newest())["priority"], "high")
    const wrong = run(pathOf("ntfy"), ["publish", "--token", "wps_wrong", topic, "x"])
    await assert.rejects(wrong, { stderr: /unauthorized|401|40101/i })
  },
)

// client: apprise | gotify, json, ntfy, bark | Debian
// proves 32.clients: apprise
test(
  "apprise notifies by gotify and by JSON as it is, and by ntfy and Bark behind a proxy that adds their path",
  { skip: without("apprise") },
  async () => {
    const { host } = new URL(day.gateway.url)
    const template = "{{ title }}\n{{ message }}（{{ type }}）"
    const [gotify, json, ntfy, bark] = [
      await addSource(day, "gotify"),
      await addSource(day, "json", { template }),
      await addSource(day, "ntfy"),
      await addSource(day, "bark"),
    ]
    await using ntfyHost = await proxyTo(day.gateway.url, "/in/ntfy")
    await using barkHost = await proxyTo(day.gateway.url, "/in/bark")
    for (const [url, what, shown] of [
      [`gotify://${host}/in/gotify/${gotify}`, "gotify", "磁盘\ngotify"],
      [`json://${host}/in/json?+Authorization=Bearer%20${json}`, "json", "磁盘\njson（warning）"],
      [`ntfy://${ntfy}@${ntfyHost.host}/alerts?auth=token`, "ntfy", "磁盘\nntfy"],
      [`bark://${barkHost.host}/${bark}`, "bark", "磁盘\nbark"],
    ] as const) {
      await run(pathOf("apprise"), ["-t", "磁盘", "-b", what, "-n", "warning", url])
      assert.equal(await newestText(), shown)
    }
    const wrong = run(pathOf("apprise"), ["-b", "x", `gotify://${host}/in/gotify/wps_wrong`])
    await assert.rejects(wrong, { code: 1 })
  },
)

// client: Alertmanager (webhook_configs) | alertmanager | Debian
// proves 32.clients: Alertmanager's webhook
test("Alertmanager's webhook brings what fires and what is resolved", { skip: without("alertmanager") }, async () => {
  const token = await addSource(day, "alertmanager")
  await using alertmanager = await startWebhookAlertmanager(`${day.gateway.url}/in/alertmanager`, token)
  await alertmanager.alert("DiskFull", "磁盘 91%", "critical")
  await alertmanager.until(async () => (await day.count()) > 0 && (await newestText()).includes("DiskFull"))
  assert.match(await newestText(), /告警 1[^]*DiskFull[^]*磁盘 91%/)
  assert.equal((await day.newest())["priority"], "high")
  await alertmanager.resolve("DiskFull", "磁盘 91%", "critical")
  await alertmanager.until(async () => (await newestText()).includes("已恢复"))
})

interface Proxy extends AsyncDisposable {
  readonly host: string
}

/** A reverse proxy, for a program in which a host but no path can be set. */
async function proxyTo(url: string, prefix: string): Promise<Proxy> {
  const server = createServer((incoming, answer) => {
    const { method, headers } = incoming
    const onward = requestByHttp(`${url}${prefix}${incoming.url ?? "/"}`, { method, headers }, (reply) => {
      answer.writeHead(reply.statusCode ?? 502, reply.headers)
      reply.pipe(answer)
    })
    onward.on("error", () => answer.destroy())
    incoming.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
