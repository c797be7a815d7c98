import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { freePort } from "../../../../../../tools/testing/free-port.ts"
import { pathOf } from "../../../../../../tools/testing/programs.ts"

export interface WebhookAlertmanager extends AsyncDisposable {
  alert(name: string, summary: string, severity: string): Promise<void>
  resolve(name: string, summary: string, severity: string): Promise<void>
  /** Alertmanager decides when it sends. */
  until(holds: () => Promise<boolean>): Promise<void>
}

/** Debian's Alertmanager, whose one receiver is a webhook. */
export async function startWebhookAlertmanager(url: string, token: string): Promise<WebhookAlertmanager> {
  await using starting = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), "alertmanager-"))
  starting.defer(() => rm(folder, { recursive: true, force: true }))
  const config = join(folder, "alertmanager.yml")
  await writeFile(
    config,
    `route: { receiver: push, group_by: [alertname], group_wait: 0s, group_interval: 1s }
receivers:
  - name: push
    webhook_configs:
      - url: ${url}
        http_config: { authorization: { credentials: ${token} } }
`,
  )
  const port = await freePort()
  const words = [`--config.file=${config}`, `--storage.path=${folder}`, `--web.listen-address=127.0.0.1:${port}`]
  const child = spawn(pathOf("alertmanager"), [...words, "--cluster.listen-address="], { stdio: "ignore" })
  starting.defer(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill()
    await once(child, "exit")
  })
  const base = `http://127.0.0.1:${port}`
  await until(() =>
    fetch(`${base}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    ),
  )
  const post = async (labels: object, summary: string, more: object): Promise<void> => {
    const answer = await fetch(`${base}/api/v2/alerts`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify([{ labels, annotations: { summary }, ...more }]),
    })
    assert.equal(answer.status, 200)
  }
  const resources = starting.move()
  return {
    alert: (alertname, summary, severity) => post({ alertname, severity }, summary, {}),
    resolve: (alertname, summary, severity) =>
      post({ alertname, severity }, summary, { endsAt: new Date(Date.now() - 1000).toISOString() }),
    until,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    if (await holds()) return
    await sleep(50)
  }
  throw new Error("Alertmanager sent nothing in 30 s")
}
