import assert from "node:assert/strict"
import { join } from "node:path"
import { test } from "node:test"
import { RESTORE } from "../../../gateway/src/doors/http/testing/kept/restore.ts"
import { newDatabase } from "../../../gateway/src/store/postgres/testing/cluster.ts"
import { open } from "../../../gateway/src/store/testing/open-store.ts"
import { startBench } from "../testing/try-command.ts"

// proves 13.L2: a database of another version
test("migrate says what there is to do, does it, and then that there is nothing", async () => {
  await using database = await newDatabase()
  await using bench = await startBench()
  const env = { WECOM_PUSH_MASTER_KEY: "ab".repeat(32), WECOM_PUSH_DATABASE_URL: database.url, LANG: "en_US.UTF-8" }
  const dry = await bench.run(["migrate", "--dry-run"], { env })
  assert.equal(dry.code, 0)
  assert.match(dry.stderr, /would be brought from schema 0 to \d+: 0001-first, .*Nothing was changed/)
  const done = await bench.run(["migrate", "--json"], { env })
  assert.deepEqual([done.code, done.json["from"], done.json["dry_run"]], [0, 0, false])
  const again = await bench.run(["migrate"], { env })
  assert.equal(again.code, 0)
  assert.match(again.stderr, /is of this version already/)
  assert.doesNotMatch(dry.stderr + done.stdout + again.stderr, /postgres:postgres/)
})

for (const [store, restore] of Object.entries(RESTORE))
  // proves 30.year: `wecom-push migrate` says it too
  test(`30.year: migrate prints each step that it takes on ${store}, in both languages`, async () => {
    await using bench = await startBench()
    for (const [language, says] of [
      ["en", /Step 1 of (\d+), [\d]{4}-[\w-]+: \d[^]*Step \1 of \1, /],
      ["zh", /第 1\/(\d+) 步 \d{4}-[\w-]+：已用 \d[^]*第 \1\/\1 步/],
    ] as const) {
      await using kept = await restore("0.1.0")
      const env = { WECOM_PUSH_DATABASE_URL: kept.url, WECOM_PUSH_MASTER_KEY: kept.told.masterKey }
      const { code, stderr } = await bench.run(["migrate", "--lang", language], { env })
      assert.equal(code, 0, stderr)
      assert.match(stderr, says)
    }
  })

test("migrate and move name what is missing or wrong: exit 2", async () => {
  await using bench = await startBench()
  await bench.file("a.db", "not a database of ours")
  const cases = [
    [["migrate"], /no database at/],
    [["migrate", "--database", "sqlite:a.db"], /a\.db/],
    [["move", "--from", "sqlite:a.db"], /--to/],
    [["move", "--from", "mysql:x", "--to", "sqlite:b.db"], /--from/],
    [["move", "--from", "sqlite:none.db", "--to", "postgres://u:secret@h/d"], /no database at/],
    [["move", "--from", "sqlite:a.db", "--to", "sqlite:b.db"], /from SQLite to PostgreSQL, or back/],
    [["move", "--from", "postgres://u:secret@h/d", "--to", "sqlite:b.db"], /WECOM_PUSH_MASTER_KEY/],
  ] as const
  for (const [argv, what] of cases) {
    const ran = await bench.run(argv, { env: { LANG: "en" } })
    assert.equal(ran.code, 2, `${argv.join(" ")}: ${ran.stderr}`)
    assert.match(ran.stderr, what)
    assert.doesNotMatch(ran.stderr, /secret@/)
  }
})

test("a move that is interrupted: exit 130, and the same command continues; --give-up frees the source", async () => {
  await using database = await newDatabase()
  await using bench = await startBench()
  const file = join(bench.folder, "a.db")
  await (await open(file)).stores[Symbol.asyncDispose]()
  const env = { WECOM_PUSH_MASTER_KEY: "07".repeat(32), WECOM_PUSH_DATABASE_URL: database.url, LANG: "en" }
  // The target is that of the settings.
  const command = ["move", "--from", "sqlite:a.db"]
  const interrupted = await bench.run(command, { env, signal: AbortSignal.abort() })
  assert.equal(interrupted.code, 130, interrupted.stderr)
  assert.match(interrupted.stderr, /The same command continues where it was/)
  const freed = await bench.run([...command, "--give-up"], { env })
  assert.equal(freed.code, 0, freed.stderr)
  const refused = await bench.run(command, { env })
  assert.equal(refused.code, 2)
  assert.match(refused.stderr, /another move, .*or of one that was given up/)

  await using empty = await newDatabase()
  const again = { ...env, WECOM_PUSH_DATABASE_URL: empty.url }
  assert.equal((await bench.run(command, { env: again, signal: AbortSignal.abort() })).code, 130)
  const moved = await bench.run([...command, "--json"], { env: again })
  assert.equal(moved.code, 0, moved.stderr)
  assert.doesNotMatch(moved.stdout + moved.stderr, /postgres:postgres/)
  assert.match((await bench.run(command, { env: again })).stderr, /has been moved .* before; nothing was to be done/)
})
