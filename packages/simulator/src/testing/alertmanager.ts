import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import type { Copy } from "./sim-client.ts"
import { freePort } from "../../../../tools/testing/free-port.ts"
import { pathOf } from "../../../../tools/testing/programs.ts"

export interface Alertmanager extends AsyncDisposable {
  alert(name: string, summary: string): Promise<void>
}

export interface AlertmanagerOptions {
  /** The address of WeCom, or of a server in its place; ends in `/cgi-bin/`. */
  readonly apiUrl: string
  readonly corpId: string
  readonly secret: string
  readonly agentId: number
  readonly messageType: "text" | "markdown"
}

export async function startAlertmanager(options: AlertmanagerOptions): Promise<Alertmanager> {
  const { apiUrl, corpId, secret, agentId, messageType } = options
  await using starting = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), "alertmanager-"))
  starting.defer(() => rm(folder, { recursive: true, force: true }))
  const config = join(folder, "alertmanager.yml")
  await writeFile(
    config,
    `route: { receiver: wecom, group_wait: 0s, group_interval: 1s }
receivers:
  - name: wecom
    wechat_configs:
      - api_url: ${apiUrl}
        corp_id: ${corpId}
        api_secret: ${secret}
        agent_id: '${agentId}'
        to_user: zhangsan
        message_type: ${messageType}
        message: '{{ range .Alerts }}{{ .Labels.alertname }}: {{ .Annotations.summary }}{{ end }}'
`,
  )
  const port = await freePort()
  const child = spawn(
    pathOf("alertmanager"),
    [
      `--config.file=${config}`,
      `--storage.path=${folder}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--cluster.listen-address=",
    ],
    { stdio: "ignore" },
  )
  starting.defer(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill()
    await once(child, "exit")
  })
  const url = `http://127.0.0.1:${port}`
  await untilReady(`${url}/-/ready`)
  const resources = starting.move()
  return {
    async alert(name, summary) {
      const response = await fetch(`${url}/api/v2/alerts`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify([{ labels: { alertname: name }, annotations: { summary } }]),
      })
      assert.equal(response.status, 200)
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

/** Asks again and again until there is an answer, because Alertmanager decides how long it groups alerts. */
export async function eventually(ask: () => Promise<Copy[]>): Promise<Copy[]> {
  for (let tries = 0; tries < 600; tries++) {
    const copies = await ask()
    if (copies.length > 0) return copies
    await sleep(100)
  }
  return []
}

async function untilReady(url: string): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const ready = await fetch(url).then(
      (response) => response.ok,
      () => false,
    )
    if (ready) return
    await sleep(100)
  }
  throw new Error("Alertmanager did not become ready")
}
