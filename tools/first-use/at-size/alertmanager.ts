import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { fencedBlocks } from "../../fenced-blocks.ts"
import { pathOf } from "../../testing/programs.ts"
import type { Processes, Where } from "../processes.ts"
import type { Gateway } from "./gateway.ts"
import { eventually, shown } from "./phones.ts"

const port = 7799

export interface Places extends Where {
  /** Where the guides are. */
  readonly checkout: string
  /** A folder for files of other programs. */
  readonly scratch: string
}

/** The real Alertmanager, with the receiver that the guide shows, brings an alert to a phone. */
export async function alertmanager(gateway: Gateway, { checkout, scratch, ...where }: Places, processes: Processes) {
  const name = `alertmanager ${Date.now()}`
  const { key } = await gateway.ask<{ key: string }>("POST", "/v1/keys", { name, scopes: ["send"], apps: ["alerts"] })
  const receivers = fencedBlocks(await readFile(join(checkout, "docs/guide-drop-in.md"), "utf8")).find(({ body }) =>
    body.includes("wechat_configs"),
  )
  const shownThere = receivers?.body ?? ""
  const config = join(scratch, "alertmanager.yml")
  await writeFile(
    config,
    `route: { receiver: wecom, group_wait: 0s }\n${shownThere
      .replace("http://gateway:7788", "http://127.0.0.1:7788")
      .replace("wp_…", key)}`,
  )
  await using program = processes.start(
    `${pathOf("alertmanager")} --config.file='${config}' --storage.path='${scratch}' ` +
      `--web.listen-address=127.0.0.1:${port} --cluster.listen-address=`,
    where,
  )
  await program.answers(`http://127.0.0.1:${port}/-/ready`)
  const response = await fetch(`http://127.0.0.1:${port}/api/v2/alerts`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify([{ labels: { alertname: name }, annotations: { summary: "磁盘 91%" } }]),
  })
  if (!response.ok) throw new Error(`Alertmanager answers ${response.status}`)
  await eventually("a phone shows the alert", async () =>
    (await shown("zhangsan")).find(({ body }) => JSON.stringify(body).includes(name)),
  )
}
