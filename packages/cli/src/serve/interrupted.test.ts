// Ctrl-C in the middle of what changes or copies a database.
import assert from "node:assert/strict"
import { readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { suite, test } from "node:test"
import { RESTORE } from "../../../gateway/src/doors/http/testing/kept/restore.ts"
import type { Told } from "../../../gateway/src/doors/http/testing/kept/told.ts"
import { open } from "../../../gateway/src/store/testing/open-store.ts"
import { start } from "../testing/start-process.ts"
import { startBench } from "../testing/try-command.ts"

/** Runs at the end of the first step of a migration, in its thread. */
function atFirstStep(script: string): string {
  const hook = `import { subscribe } from "node:diagnostics_channel"
    import { existsSync } from "node:fs"
    import { DatabaseSync } from "node:sqlite"
    let isFirst = true
    subscribe("wecom-push:point", ({ point }) => {
      if (point !== "migrate.step" || !isFirst) return
      isFirst = false
      ${script}
    })`
  return `--import=data:text/javascript,${encodeURIComponent(hook)}`
}

const UNTIL_GO = 'while (!existsSync("go")) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)'
/** A statement that takes minutes. */
const LONG_STATEMENT = `new DatabaseSync(":memory:").prepare(
  "with recursive c (x) as (select 1 union all select x + 1 from c where x < 2000000000) select count(*) from c").get()`

const environmentOf = ({ url, told }: { readonly url: string; readonly told: Told }) => ({
  WECOM_PUSH_DATABASE_URL: url,
  WECOM_PUSH_MASTER_KEY: told.masterKey,
})

suite("migrate", () => {
  for (const [store, restore] of Object.entries(RESTORE))
    test(`interrupted before its first step on ${store}: exit 130, nothing is changed, and the same command does it`, async () => {
      await using bench = await startBench()
      for (const [language, says] of [
        ["en", /steps were undone.*schema \d+ as before/],
        ["zh", /均已撤销.*仍是结构版本 \d+/],
      ] as const) {
        await using kept = await restore("0.1.0")
        const env = environmentOf(kept)
        const signal = AbortSignal.abort()
        const stopped = await bench.run(["migrate", "--lang", language], { env, signal })
        assert.equal(stopped.code, 130, stopped.stderr)
        assert.match(stopped.stderr, says)
        const { json } = await bench.run(["migrate", "--dry-run", "--json"], { env })
        assert.ok((json["steps"] as string[]).length > 1)
        assert.equal((await bench.run(["migrate"], { env })).code, 0)
      }
    })

  test("Ctrl-C between two steps: it says that it stops, undoes the steps, and says so", async () => {
    await using bench = await startBench()
    await using kept = await RESTORE.SQLite("0.1.0")
    const env = { ...environmentOf(kept), NODE_OPTIONS: atFirstStep(UNTIL_GO), LANG: "en" }
    await using running = start(["migrate"], bench.folder, env)
    await running.says(/Step 1 of/)
    running.child.kill("SIGINT")
    await running.says(/Interrupted: stopping when the step that runs now ends/)
    writeFileSync(join(bench.folder, "go"), "")
    const { code, stderr } = await running.ended()
    assert.equal(code, 130, stderr)
    assert.match(stderr, /steps were undone.*schema 18 as before/)
    assert.doesNotMatch(stderr, /Step 2 of|nothing was sent/)
    assert.equal((await bench.run(["migrate"], { env: environmentOf(kept) })).code, 0)
  })

  test("a second Ctrl-C ends it at once, also in the middle of a long statement, and the database is as before", async () => {
    await using bench = await startBench()
    await using kept = await RESTORE.SQLite("0.1.0")
    const env = { ...environmentOf(kept), NODE_OPTIONS: atFirstStep(LONG_STATEMENT), LANG: "en" }
    await using running = start(["migrate"], bench.folder, env)
    await running.says(/Step 1 of/)
    running.child.kill("SIGINT")
    await running.says(/Ctrl-C again ends the command at once/)
    running.child.kill("SIGINT")
    await running.ended()
    assert.equal(running.child.signalCode, "SIGINT")
    const { json } = await bench.run(["migrate", "--json"], { env: environmentOf(kept) })
    assert.deepEqual([json["ok"], json["from"]], [true, 18])
  })
})

test("an interrupted backup leaves nothing behind, says so, and can be made again", async () => {
  await using bench = await startBench()
  await (await open(join(bench.folder, "gateway.db"))).stores[Symbol.asyncDispose]()
  // What a process left that was killed.
  await bench.file("copy.db-unfinished", "half a copy")
  await bench.file("copy.db-unfinished-journal", "")
  const env = { WECOM_PUSH_DATABASE_URL: "sqlite:gateway.db", WECOM_PUSH_MASTER_KEY: "07".repeat(32) }
  for (const [language, says] of [
    ["en", /there is no backup; what had been copied is deleted/],
    ["zh", /没有生成备份，已复制的部分已删除/],
  ] as const) {
    const { code, stderr } = await bench.run(["backup", "copy.db", "--lang", language], {
      env,
      signal: AbortSignal.abort(),
    })
    assert.equal(code, 130, stderr)
    assert.match(stderr, says)
    assert.deepEqual(
      readdirSync(bench.folder).filter((name) => name.startsWith("copy.db")),
      [],
    )
  }
  assert.equal((await bench.run(["backup", "copy.db"], { env })).code, 0)
})
