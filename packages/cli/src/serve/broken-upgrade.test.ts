// The first start of a new version on the tables of an older one is broken off.
import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { mkdtemp, rmdir } from "node:fs/promises"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { suite, test } from "node:test"
import { promisify } from "node:util"
import { startGateway } from "@wecom-push/gateway"
import { Client } from "pg"
import { ask } from "../../../../tools/testing/ask.ts"
import { openTmpdir } from "../../../../tools/testing/open-tmpdir.ts"
import { RESTORE } from "../../../gateway/src/doors/http/testing/kept/restore.ts"
import type { Told } from "../../../gateway/src/doors/http/testing/kept/told.ts"
import { MIGRATIONS as SHARED } from "../../../gateway/src/store/postgres/migrations/all.ts"
import { stepsAfter } from "../../../gateway/src/store/sqlite/migrations/all.ts"
import { withMounts, withoutMounts } from "../../../gateway/src/store/testing/run-child.ts"
import type { FullDiskStart } from "../testing/children/full-disk-upgrade.ts"
import { packedStart } from "../testing/packed-start.ts"

const run = promisify(execFile)
const start = packedStart()

/** Migrations after the first release. */
const STEPS = {
  SQLite: stepsAfter(18),
  PostgreSQL: Object.keys(SHARED).slice(9),
} as const

/** SQLite writes to the disk with the commit, behind the last step. A step that only adds a column needs no page more. */
const NEED_ROOM = {
  SQLite: STEPS.SQLite.slice(-1),
  PostgreSQL: ["0010-window-order", "0011-recalls"],
} as const

/** All tables with their columns and indexes, and how many steps have been taken. */
const SCHEMA_OF = {
  SQLite(url: string) {
    using db = new DatabaseSync(url.replace("sqlite:", ""))
    const schema = db.prepare("select name, sql from sqlite_schema order by name").all()
    return Promise.resolve([...schema, db.prepare("pragma user_version").get()])
  },
  async PostgreSQL(url: string) {
    const client = new Client(url)
    await client.connect()
    const { rows } = await client.query(
      `select table_name || '.' || column_name as name from information_schema.columns where table_schema = 'wecom_push'
        union all select indexname from pg_indexes where schemaname = 'wecom_push'
        union all select 'step ' || name from wecom_push.kysely_migration order by 1`,
    )
    await client.end()
    return rows
  },
}

suite("an upgrade", () => {
  for (const store of ["SQLite", "PostgreSQL"] as const) {
    // proves 30.bad-up: kill -9 at each step
    test(`30.bad: kill -9 at each step of an upgrade on ${store} leaves the tables as they were, and the next start takes all steps`, async () => {
      await using kept = await RESTORE[store]("0.1.0")
      const before = await SCHEMA_OF[store](kept.url)
      for (const [index, step] of STEPS[store].entries()) {
        await using killed = start(["serve", "--port", "0"], openTmpdir(), {
          ...environmentOf(kept),
          NODE_OPTIONS: `--import=${new URL("../testing/kill-at-step.js", import.meta.url).href}`,
          KILL_AT_STEP: String(index + 1),
        })
        const { stderr, stdout } = await killed.ended()
        assert.equal(killed.child.signalCode, "SIGKILL", stderr + stdout)
        assert.deepEqual(await SCHEMA_OF[store](kept.url), before, step)
      }
      const { lines, known } = await startWell(kept)
      for (const step of STEPS[store]) assert.ok(lines.some((line) => line.includes(`"step":"${step}"`)))
      assert.deepEqual(known, Array(kept.told.messages.length).fill(200))
      assert.notDeepEqual(await SCHEMA_OF[store](kept.url), before)
    })

    // proves 30.bad-up: a full disk at each step
    test(
      `30.bad: a disk that is full at each step of an upgrade on ${store} is refused with the step in both languages, and with space it is upgraded`,
      { skip: withoutMounts() },
      async () => {
        const disk = await mkdtemp(join(openTmpdir(), "wecom-push-full-upgrade-"))
        const child = join(import.meta.dirname, "../testing/children/full-disk-upgrade.ts")
        const [unshare = "", ...mounting] = withMounts(`mount -t tmpfs -o size=40m none ${disk}`)
        const command = [process.execPath, "--disable-warning=ExperimentalWarning", "--conditions=wecom-push-source"]
        const { stdout } = await run(unshare, [...mounting, ...command, child, store, disk], {
          timeout: 100_000,
          // A server that ran before would not see what is mounted.
          env: { ...process.env, WECOM_PUSH_TEST_POSTGRES: undefined },
        })
        await rmdir(disk)
        const starts = JSON.parse(stdout) as readonly FullDiskStart[]
        const last = starts.at(-1)
        assert.equal(last?.code, null, stdout)
        const refused = starts.filter(({ code }) => code === "migration_failed")
        for (const step of NEED_ROOM[store]) {
          const met = refused.find(({ en }) => en.includes(step))
          assert.ok(met !== undefined, `${step}: ${stdout}`)
          assert.match(met.en, /is full|No space left/)
          assert.ok(met.zh.includes(step))
        }
        assert.ok(refused.every(({ isUnchanged }) => isUnchanged))
        // A database that cannot be opened is named as well.
        const others = starts.filter(({ code }) => code !== null && code !== "migration_failed")
        assert.deepEqual(new Set(others.map(({ code }) => code)), new Set(store === "SQLite" ? ["disk_full"] : []))
      },
    )
  }
})

interface Kept {
  readonly url: string
  readonly told: Told
}

function environmentOf({ url, told }: Kept): Record<string, string> {
  return {
    WECOM_PUSH_DATABASE_URL: url,
    WECOM_PUSH_ADMIN_KEY: told.adminKey,
    WECOM_PUSH_MASTER_KEY: told.masterKey,
    WECOM_PUSH_DATABASE_WAIT_SECONDS: "0",
  }
}

/** @returns what its log says, and the status of each message that there was */
async function startWell(kept: Kept): Promise<{ readonly lines: string[]; readonly known: readonly number[] }> {
  const lines: string[] = []
  await using gateway = await startGateway({
    environment: environmentOf(kept),
    port: 0,
    baseUrl: "http://127.0.0.1:9",
    logTo: { write: (line) => void lines.push(line) },
  })
  const headers = { authorization: `Bearer ${kept.told.adminKey}` }
  assert.equal((await ask(`${gateway.url}/readyz`)).status, 200)
  const known = await Promise.all(
    kept.told.messages.map(async ({ id }) => (await ask(`${gateway.url}/v1/messages/${id}`, { headers })).status),
  )
  return { lines, known }
}
