import assert from "node:assert/strict"
import { readdir } from "node:fs/promises"
import { DatabaseSync } from "node:sqlite"
import { join } from "node:path"
import { test } from "node:test"
import { startBench } from "../testing/try-command.ts"

test("a backup that cannot be made says what to change, in both languages, and leaves no file", async () => {
  await using bench = await startBench()
  await bench.file("text.db", "x".repeat(8192))
  const other = new DatabaseSync(join(bench.folder, "other.db"))
  other.exec("create table t (a)")
  other.close()
  // A stand-in for all that the system refuses: no right to write, or no room.
  const tooLong = "x".repeat(250)
  const before = (await readdir(bench.folder)).toSorted()
  for (const [argv, code, en, zh] of [
    [["none/copy.db", "--database", "sqlite:text.db"], 2, /none does not exist\.\nCreate it/, /none 不存在[^]*请创建/],
    [[tooLong, "--database", "sqlite:other.db"], 3, /this user may write/, /当前用户可写/],
    ...["text.db", "other.db"].map(
      (file) =>
        [
          ["copy.db", "--database", `sqlite:${file}`],
          3,
          new RegExp(`${file} is not a database of this gateway\\.\nName it with --database`),
          new RegExp(`${file} 不是本网关的数据库。\n请用 --database`),
        ] as const,
    ),
  ] as const) {
    for (const [language, says] of Object.entries({ en, zh })) {
      const ran = await bench.run(["backup", ...argv, "--lang", language])
      assert.equal(ran.code, code, ran.stderr)
      assert.match(ran.stderr, says)
    }
  }
  assert.deepEqual((await readdir(bench.folder)).toSorted(), before)
})

test("a backup of a name that another command is making is refused in both languages", async () => {
  await using bench = await startBench()
  const other = new DatabaseSync(join(bench.folder, "wecom-push.db"))
  other.exec("create table t (a)")
  other.close()
  using held = new DatabaseSync(join(bench.folder, "copy.db-unfinished-lock"))
  held.exec("pragma locking_mode = exclusive; begin exclusive; commit")
  for (const [language, says] of Object.entries({
    en: /Another command is making.*\nWait/,
    zh: /另一个命令.*\n请等/,
  })) {
    const ran = await bench.run(["backup", "copy.db", "--lang", language])
    assert.equal(ran.code, 3, ran.stderr)
    assert.match(ran.stderr, says)
  }
})
