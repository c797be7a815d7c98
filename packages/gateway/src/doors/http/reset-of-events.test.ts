import assert from "node:assert/strict"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { startGateway } from "../../app/main.ts"
import type { Gateway } from "../../app/main.ts"
import { backupDatabase } from "../../store/sqlite/backup.ts"
import { newDatabase } from "../../store/postgres/testing/cluster.ts"
import { newMigratedDatabase } from "../../store/postgres/testing/migrated-database.ts"
import { TemporaryFolder } from "../../store/testing/open-store.ts"
import { IdleDispatcher } from "./testing/idle-dispatcher.ts"
import { ADMIN_KEY, aMessage, request } from "./testing/start-gateway.ts"

interface SentEvent {
  readonly id: string
  readonly event: string
  readonly data: Readonly<Record<string, unknown>>
}

interface World extends AsyncDisposable {
  /** Starts a gateway on the present database. */
  start(): Promise<Gateway>
  /** Copies the database while no gateway uses it. */
  backUp(): Promise<void>
  /** Starts a gateway on the copy with `afterRestore`. */
  startRestored(): Promise<Gateway>
}

function startOn(database: string, afterRestore = false): Promise<Gateway> {
  return startGateway({
    environment: {
      WECOM_PUSH_ADMIN_KEY: ADMIN_KEY,
      WECOM_PUSH_DATABASE_URL: database,
      WECOM_PUSH_MASTER_KEY: "07".repeat(32),
    },
    port: 0,
    apps: [{ name: "alerts", corpId: "ww0000000000000001", agentId: 1_000_002, secret: "s" }],
    logTo: { write: () => {} },
    createDispatcher: () => new IdleDispatcher(),
    afterRestore,
  })
}

async function onSqlite(): Promise<World> {
  await using resources = new AsyncDisposableStack()
  const [before, after] = [resources.use(new TemporaryFolder()), resources.use(new TemporaryFolder())]
  const kept = resources.move()
  return {
    start: () => startOn(`sqlite:${before.file()}`),
    backUp: () => backupDatabase(before.file(), after.file(), Date.now()),
    // A backup itself contains the fact that it is one.
    startRestored: () => startOn(`sqlite:${after.file()}`),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

async function onPostgres(): Promise<World> {
  await using resources = new AsyncDisposableStack()
  const { url, name } = resources.use(await newMigratedDatabase())
  let copy: string | undefined
  const kept = resources.move()
  return {
    start: () => startOn(url),
    async backUp() {
      // The server still lists connections for a moment after they were closed.
      for (let tries = 0; copy === undefined; tries++) {
        try {
          copy = kept.use(await newDatabase(`template ${name}`)).url
        } catch (error) {
          if (tries === 300) throw error
          await sleep(100)
        }
      }
    },
    startRestored: () => startOn(copy ?? assert.fail("there is no backup"), true),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

/** Posts a message for later, which a restore does not change. */
async function post({ url }: Gateway): Promise<string> {
  const send_at = new Date(Date.now() + 3_600_000).toISOString()
  const { json } = await request(`${url}/v1/messages`, { body: aMessage({ send_at }) })
  return json.id
}

/** The first events that a follower is sent. */
async function follow({ url }: Gateway, lastEventId: string | undefined, count: number): Promise<readonly SentEvent[]> {
  const leaving = new AbortController()
  const { body } = await fetch(`${url}/v1/events`, {
    headers: {
      authorization: `Bearer ${ADMIN_KEY}`,
      ...(lastEventId === undefined ? {} : { "last-event-id": lastEventId }),
    },
    signal: leaving.signal,
  })
  const events: SentEvent[] = []
  let text = ""
  for await (const piece of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += piece
    const blocks = text.split("\n\n")
    text = blocks.pop() ?? ""
    for (const block of blocks) {
      const {
        id = "",
        event = "",
        data,
      } = Object.fromEntries(block.split("\n").map((line) => line.split(/: ?(.*)/, 2)))
      if (data !== undefined) events.push({ id, event, data: JSON.parse(data) })
    }
    if (events.length >= count) break
  }
  leaving.abort()
  return events.slice(0, count)
}

for (const [store, open] of [
  ["SQLite", onSqlite],
  ["PostgreSQL", onPostgres],
] as const) {
  // proves 28.D6: followers after a restore
  test(`D6: a follower that is ahead of the backup gets a reset, and then all there is: ${store}`, async () => {
    await using world = await open()
    let inBackup: readonly SentEvent[] = []
    {
      await using gateway = await world.start()
      for (let n = 0; n < 2; n++) await post(gateway)
      // The app was registered, too.
      inBackup = await follow(gateway, "0", 3)
    }
    const [oldest] = inBackup
    const lastInBackup = inBackup.at(-1)?.id
    await world.backUp()
    const seen: string[] = []
    {
      await using gateway = await world.start()
      for (let n = 0; n < 5; n++) await post(gateway)
      seen.push(...(await follow(gateway, lastInBackup, 5)).map(({ id }) => id))
    }

    await using restored = await world.startRestored()
    const id = await post(restored)
    const [reset, ...others] = await follow(restored, seen.at(-1), 5)
    assert.equal(reset?.event, "reset")
    const { type, app, data } = reset.data
    assert.deepEqual([type, app, data], ["reset", null, { last_event_id: Number(seen.at(-1)), reason: "restored" }])
    assert.deepEqual(others.slice(0, 3), inBackup)
    assert.equal(others[3]?.data["message_id"], id)

    // At least as many events as were lost, so that an id with another meaning would be found.
    for (let n = 0; n < 10; n++) await post(restored)
    for (const lost of [seen[0], seen.at(-1)]) assert.equal((await follow(restored, lost, 1))[0]?.event, "reset", lost)

    const resumed = await follow(restored, reset.id, 1)
    assert.deepEqual(resumed[0], oldest, "who breaks off after a reset begins with the oldest too")
    const upToBackup = await follow(restored, lastInBackup, 1)
    assert.notEqual(upToBackup[0]?.event, "reset", "nothing was lost that this one has seen")
  })
}
