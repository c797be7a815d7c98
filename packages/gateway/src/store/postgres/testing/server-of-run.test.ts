import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { test } from "node:test"
import { promisify } from "node:util"
import { startServerOfRun } from "./migrated-database.ts"

const run = promisify(execFile)
const CHILD = join(import.meta.dirname, "children/show-database.ts")

interface Shown {
  readonly server: string
  readonly database: string
  readonly tables: number
}

test("the files of a run have one server and each a migrated database of its own in it, and it goes with the run", async () => {
  const seen: Shown[] = []
  {
    await using server = await startServerOfRun()
    const show = async (): Promise<Shown> => {
      const env = { ...process.env, ...server.environment }
      const { stdout } = await run(process.execPath, ["--conditions=wecom-push-source", CHILD], {
        env,
        timeout: 60_000,
      })
      return JSON.parse(stdout) as Shown
    }
    seen.push(...(await Promise.all([show(), show()])))
    assert.ok(existsSync(seen[0]?.server ?? ""))
  }
  const [one, two] = seen
  assert.equal(one?.server, two?.server)
  assert.notEqual(one?.database, two?.database)
  assert.ok((one?.tables ?? 0) > 20)
  assert.equal(existsSync(one?.server ?? ""), false)
})

test("a file that runs alone has a server of its own", async () => {
  const env = { ...process.env, WECOM_PUSH_TEST_POSTGRES: undefined }
  const { stdout } = await run(process.execPath, ["--conditions=wecom-push-source", CHILD], { env, timeout: 60_000 })
  const { server, tables } = JSON.parse(stdout) as Shown
  assert.ok(tables > 20)
  assert.equal(existsSync(server), false)
})
