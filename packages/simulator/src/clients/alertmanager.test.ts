import assert from "node:assert/strict"
import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { createServer, type AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { ALERTS, CORP_ID, simClient, type Copy } from "../testing/sim-client.ts"

const installed = spawnSync("prometheus-alertmanager", ["--version"]).status === 0
const skip = installed
  ? false
  : "prometheus-alertmanager is not installed (Debian: apt-get install prometheus-alertmanager)"

for (const messageType of ["text", "markdown"] as const) {
  test(`Alertmanager, unchanged, brings a ${messageType} alert to the phone`, { skip }, async () => {
    await using client = await simClient()
    await using alertmanager = await startAlertmanager(client.sim.url, messageType)

    await alertmanager.alert("DiskFull", "磁盘 91%")

    const [copy] = await eventually(() => client.copies("zhangsan"))
    const shown = copy?.payload as { content: string } | undefined
    assert.match(shown?.content ?? "", /DiskFull/)
    assert.match(shown?.content ?? "", /磁盘 91%/)
    // Its habits that a strict server would refuse: numbers as strings, and an empty text beside the markdown.
    assert.equal(copy?.request["agentid"], String(ALERTS.agentid))
  })
}

/** Asks again and again until there is an answer: how long Alertmanager groups alerts is its own affair. */
async function eventually(ask: () => Promise<Copy[]>): Promise<Copy[]> {
  for (let tries = 0; tries < 150; tries++) {
    const copies = await ask()
    if (copies.length > 0) return copies
    await sleep(100)
  }
  return []
}

async function startAlertmanager(
  simulatorUrl: string,
  messageType: string,
): Promise<AsyncDisposable & { alert(name: string, summary: string): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "alertmanager-"))
  const config = join(folder, "alertmanager.yml")
  await writeFile(
    config,
    `route: { receiver: wecom, group_wait: 0s, group_interval: 1s }
receivers:
  - name: wecom
    wechat_configs:
      - api_url: ${simulatorUrl}/cgi-bin/
        corp_id: ${CORP_ID}
        api_secret: ${ALERTS.secret}
        agent_id: '${ALERTS.agentid}'
        to_user: zhangsan
        message_type: ${messageType}
        message: '{{ range .Alerts }}{{ .Labels.alertname }}: {{ .Annotations.summary }}{{ end }}'
`,
  )
  const port = await freePort()
  const child = spawn(
    "prometheus-alertmanager",
    [
      `--config.file=${config}`,
      `--storage.path=${folder}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--cluster.listen-address=",
    ],
    { stdio: "ignore" },
  )
  const url = `http://127.0.0.1:${port}`
  await untilReady(`${url}/-/ready`)
  return {
    async alert(name, summary) {
      const response = await fetch(`${url}/api/v2/alerts`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify([{ labels: { alertname: name }, annotations: { summary } }]),
      })
      assert.equal(response.status, 200)
    },
    [Symbol.asyncDispose]: async () => {
      child.kill()
      await once(child, "exit")
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function untilReady(url: string): Promise<void> {
  for (let tries = 0; tries < 150; tries++) {
    const ready = await fetch(url).then(
      (response) => response.ok,
      () => false,
    )
    if (ready) return
    await sleep(100)
  }
  throw new Error("Alertmanager did not become ready")
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, "close")
  return port
}
