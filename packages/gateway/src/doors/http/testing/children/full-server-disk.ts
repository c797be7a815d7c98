// Runs a gateway on a PostgreSQL whose disk is full for a while. It has a process of its own, since other processes must not
// see its mounts: the given folder is then a small disk. Prints the results as one line of JSON.
import { chownSync, rmSync, statfsSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { Client } from "pg"
import { newDatabase } from "../../../../store/postgres/testing/cluster.ts"
import type { TestAnswer } from "../start-gateway.ts"
import { startSeveral } from "../start-several.ts"

export interface SeenOnFullDisk {
  readonly refused: { readonly status: number; readonly code: string; readonly retryAfter: number }
  /** The statuses of requests that read while the disk was full. */
  readonly reads: readonly number[]
  /** Reports at the beginning, several times within seconds while the disk was full, and at the end. */
  readonly told: readonly Told[]
  /** The statuses of data that was stored meanwhile in pages with room. */
  readonly stored: readonly number[]
  /** The status of a message that was posted once there was space again. */
  readonly last: number
  /** The states of the messages whose calls were under way when the disk became full, and of that last message. */
  readonly ends: readonly string[]
  /** The texts on all phones. */
  readonly shown: readonly string[]
}

/** The gateway's own reports about its state. */
interface Told {
  /** The status of `/readyz`. */
  readonly ready: number
  /** `ready` and `database.trouble` of `/v1/status`. */
  readonly status: readonly [boolean, string | null]
  /** The metric. */
  readonly storageUp: string | undefined
}

const [, , disk = ""] = process.argv
const PEOPLE = ["zhangsan", "lisi", "WangWu"]

{
  await using used = new AsyncDisposableStack()
  const cluster = used.use(await newDatabase())
  // The user of the server process has to own the folder.
  const [row] = await onServer(cluster.url, "show data_directory")
  const { uid, gid } = statSync(row?.data_directory ?? "")
  chownSync(disk, uid, gid)
  await onServer(cluster.url, `create tablespace small location '${disk}'`)
  const database = used.use(await newDatabase("tablespace small"))
  const several = used.use(await startSeveral(0))
  await several.start({ WECOM_PUSH_DATABASE_URL: database.url })
  const post = (content: string, users: readonly string[]): Promise<TestAnswer> =>
    several.request(0, "/v1/messages", { body: { app: "alerts", to: { users }, msgtype: "text", text: { content } } })
  const get = async (path: string): Promise<number> => (await several.request(0, path)).status

  const tell = async (): Promise<Told> => {
    const ready = await get("/readyz")
    const { json } = await several.request(0, "/v1/status")
    const { text } = await several.request(0, "/metrics")
    return {
      ready,
      status: [json["ready"], json["database"]["trouble"]],
      storageUp: /^wecom_push_storage_up (\d)$/m.exec(text)?.[1],
    }
  }
  const addKey = async (): Promise<number> => {
    const body = { name: "small", scopes: ["read"], apps: "all" }
    return (await several.request(0, "/v1/keys", { body })).status
  }
  const told = [await tell()]
  // The first row takes a page, in which there is room for others.
  const stored = [await addKey()]

  await several.fault({ path: "message/send", kind: "slow", delay_ms: 1500, times: PEOPLE.length })
  const held = await Promise.all(PEOPLE.map((person, n) => post(`held ${n}`, [person])))
  while ((await several.calls("/message/send")).length < PEOPLE.length) await sleep(20)

  fill(disk)
  const many = Array.from({ length: 5000 }, (_, n) => `unknown${n}`)
  let refused: TestAnswer
  let tries = 0
  do {
    // Different rows each time: free space in existing pages is used up first.
    refused = await post(
      `large ${tries}`,
      many.map((one) => `${one}x${tries}`),
    )
  } while (refused.status === 202 && ++tries < 1000)
  const reads = await Promise.all(["/v1/messages", `/v1/messages/${held[0]?.json.id}`, "/metrics", "/healthz"].map(get))
  for (let looks = 0; looks < 6; looks++) {
    told.push(await tell())
    // A row that finds room in existing pages is stored all the same, which does not show that there is space.
    stored.push(await addKey())
    await sleep(500)
  }
  rmSync(join(disk, "filler"))
  let last: TestAnswer
  do {
    await sleep(100)
    last = await post("last", ["zhangsan"])
  } while (last.status === 503)
  const ends: string[] = []
  for (const { json } of [...held, last]) {
    const message = await several.until(0, json.id, "sent", "failed", "partly_sent", "in_doubt")
    ends.push(message["state"])
  }
  while ((await get("/readyz")) !== 200) await sleep(50)
  told.push(await tell())
  const shown = await Promise.all(PEOPLE.map((person) => several.phone(person)))
  const seen: SeenOnFullDisk = {
    refused: {
      status: refused.status,
      code: refused.json["code"],
      retryAfter: Number(refused.headers.get("retry-after")),
    },
    reads,
    told,
    stored,
    last: last.status,
    ends,
    shown: shown.flat().map((message) => String(message["body"]["text"]["content"])),
  }
  process.stdout.write(JSON.stringify(seen))
}
process.exit()

/** Fills the disk to the last block. */
function fill(folder: string): void {
  const { bavail, bsize } = statfsSync(folder)
  writeFileSync(join(folder, "filler"), Buffer.alloc(bavail * bsize, "x"))
}

async function onServer(url: string, statement: string): Promise<readonly { readonly data_directory?: string }[]> {
  const client = new Client(url)
  await client.connect()
  try {
    return (await client.query<{ data_directory?: string }>(statement)).rows
  } finally {
    await client.end()
  }
}
