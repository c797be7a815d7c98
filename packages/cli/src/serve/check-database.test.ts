import assert from "node:assert/strict"
import { test } from "node:test"
import { newBucket } from "../../../gateway/src/files/testing/object-server.ts"
import { newDatabase } from "../../../gateway/src/store/postgres/testing/cluster.ts"
import { start } from "../testing/start-process.ts"
import { startBench } from "../testing/try-command.ts"

const MASTER_KEY = "ab".repeat(32)

test("doctor --database on PostgreSQL: every step in both languages, what is wrong with how to correct it, exit 3", async () => {
  await using database = await newDatabase()
  await using bench = await startBench()
  const env = { WECOM_PUSH_MASTER_KEY: MASTER_KEY, WECOM_PUSH_DATABASE_URL: database.url }
  const en = await bench.run(["doctor", "--database"], { env: { ...env, LANG: "en" } })
  assert.equal(en.code, 3)
  // The server of the tests keeps nothing.
  assert.match(en.stdout, /✗ durability +fsync, synchronous_commit, full_page_writes off/)
  assert.match(en.stdout, /→ As a superuser: ALTER SYSTEM SET fsync = on/)
  assert.match(en.stdout, /✓ pooling/)
  assert.doesNotMatch(en.stdout, /postgres:postgres/)
  const zh = await bench.run(["doctor", "--database", database.url], { env: { ...env, LANG: "zh" } })
  assert.match(zh.stdout, /✗ 持久性/)
  const { steps } = (await bench.run(["doctor", "--database", "--json"], { env })).json as unknown as {
    steps: { step: string; state: string }[]
  }
  assert.deepEqual(
    steps.map(({ step, state }) => `${step} ${state}`),
    [
      "reach ok",
      "server ok",
      "rights ok",
      "schema ok",
      "durability failed",
      "clock ok",
      "pooling ok",
      "connections ok",
      "dead_rows ok",
    ],
  )
})

test("doctor --database tries the bucket of files, and says what is wrong with it", async () => {
  await using database = await newDatabase()
  await using bucket = await newBucket()
  await using bench = await startBench()
  const { environment, way } = bucket
  const env = { WECOM_PUSH_MASTER_KEY: MASTER_KEY, WECOM_PUSH_DATABASE_URL: database.url, ...environment }
  const en = await bench.run(["doctor", "--database"], { env: { ...env, LANG: "en" } })
  assert.match(en.stdout, /✓ files +an object was written, read and deleted in s3:\/\/files-\w+\/media/)
  const wrong = await bench.run(["doctor", "--database"], {
    env: { ...env, LANG: "zh", AWS_SECRET_ACCESS_KEY: "not-this-one" },
  })
  assert.equal(wrong.code, 3)
  assert.match(wrong.stdout, /✗ 文件存储 .*不接受当前的访问凭证/)
  assert.doesNotMatch(wrong.stdout + wrong.stderr, /not-this-one/)
  way.turn("cut")
  const cut = await bench.run(["doctor", "--database"], { env: { ...env, LANG: "en" } })
  assert.match(cut.stdout, /✗ files .*cannot be reached/)
  assert.match(cut.stdout, /→ .*WECOM_PUSH_FILES_ENDPOINT/)
})

test("doctor --database on SQLite: before the first start, while a gateway runs, after it, and with another key", async () => {
  await using bench = await startBench()
  const check = async (
    env: Readonly<Record<string, string>> = {},
  ): Promise<{ code: number; steps: readonly string[] }> => {
    const ran = await bench.run(["doctor", "--database", "sqlite:a.db", "--json"], { env })
    const { steps } = ran.json as unknown as { steps: { step: string; state: string; details: string[] }[] }
    return { code: ran.code, steps: steps.map(({ step, state, details }) => `${step} ${state} ${details.join(" ")}`) }
  }
  const before = await check()
  assert.equal(before.code, 0)
  assert.match(before.steps.join(), /not there yet.*,space ok \d+ MB free in /)
  {
    await using gateway = start(["serve", "--port", "0", "--database", "sqlite:a.db", "--json"], bench.folder, {
      ...bench.env,
    })
    await gateway.says(/"url"/)
    const running = await check()
    assert.equal(running.code, 0, running.steps.join("\n"))
    assert.match(running.steps.join(), /a gateway runs on it.*space ok.*schema ok.*master_key ok/)
    const told = await bench.run(["doctor", "--database", "sqlite:a.db", "--lang", "en"])
    assert.match(told.stderr, /Next:\n {2}wecom-push doctor --gateway\n$/)
    gateway.child.kill("SIGTERM")
    await gateway.ended()
  }
  assert.match((await check()).steps.join(), /no gateway runs on it/)
  const wrong = await check({ WECOM_PUSH_MASTER_KEY: MASTER_KEY })
  assert.equal(wrong.code, 3)
  assert.match(wrong.steps.join(), /master_key failed/)
  // Nothing of it was changed.
  await using again = start(["serve", "--port", "0", "--database", "sqlite:a.db", "--json"], bench.folder, {
    ...bench.env,
  })
  await again.says(/"url"/)
})

test("what cannot be used with --database is named: exit 2", async () => {
  await using bench = await startBench()
  const ran = await bench.run(["doctor", "--database", "--mobile", "13800000001"], { env: { LANG: "en" } })
  assert.equal(ran.code, 2)
  assert.match(ran.stderr, /--mobile: cannot be used/)
})
