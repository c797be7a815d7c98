// Versions of the gateway that meet on one file.
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import { join } from "node:path"
import { test } from "node:test"
import { RESTORE } from "../../../gateway/src/doors/http/testing/kept/restore.ts"
import { open } from "../../../gateway/src/store/testing/open-store.ts"
import { startBench } from "../testing/try-command.ts"

const HAN = /[\u4e00-\u9fff]/
const MASTER_KEY = "07".repeat(32)

// proves 30.bad-up: a backup of a newer version
test("30.bad: a backup of a newer version is refused in both languages by serve, migrate and doctor, and left as it is", async () => {
  await using bench = await startBench()
  const file = join(bench.folder, "gateway.db")
  {
    await using _ = (await open(file)).stores
    const { code, stderr } = await bench.run(["backup", "copy.db"], { env: environmentOf(file) })
    assert.equal(code, 0, stderr)
  }
  const copy = join(bench.folder, "copy.db")
  {
    using db = new DatabaseSync(copy)
    db.exec("pragma user_version = 1000")
  }
  const before = readFileSync(copy)
  const env = environmentOf(copy)
  for (const language of ["en", "zh"]) {
    for (const argv of [["serve", "--port", "0"], ["migrate"], ["doctor", "--database"]]) {
      const { code, stdout, stderr } = await bench.run([...argv, "--lang", language], { env })
      assert.equal(code, argv[0] === "doctor" ? 3 : 2, stdout + stderr)
      const said = argv[0] === "doctor" ? stdout : stderr
      assert.match(said, language === "en" ? /schema 1000/ : /结构版本 1000/, said)
      assert.match(said, language === "en" ? /backup from before the upgrade/ : /恢复升级前的备份/)
      assert.equal(HAN.test(said), language === "zh", said)
    }
  }
  assert.ok(readFileSync(copy).equals(before))
})

// proves 30.bad-up: two versions on one file
test("30.bad: two versions on one file: while the older one runs the newer one is refused with what to do, and changes nothing", async () => {
  await using bench = await startBench()
  await using kept = await RESTORE.SQLite("0.1.0")
  const file = kept.url.replace("sqlite:", "")
  // As every version since 0.1.0 holds its file.
  using held = new DatabaseSync(`${file}-lock`)
  held.exec("pragma journal_mode = off; pragma locking_mode = exclusive; begin exclusive; commit")
  const version = (): unknown => {
    using db = new DatabaseSync(file, { readOnly: true })
    return db.prepare("pragma user_version").get()?.["user_version"]
  }
  const before = version()
  for (const language of ["en", "zh"]) {
    for (const argv of [["serve", "--port", "0"], ["migrate"]]) {
      const { code, stderr } = await bench.run([...argv, "--lang", language], { env: environmentOf(file) })
      assert.equal(code, 2, stderr)
      assert.match(stderr, language === "en" ? /Another gateway/ : /另一个网关/)
      assert.match(stderr, language === "en" ? /stop the other/ : /停止另一个/)
    }
  }
  assert.equal(version(), before)
})

function environmentOf(file: string): Record<string, string> {
  return {
    WECOM_PUSH_DATABASE_URL: `sqlite:${file}`,
    WECOM_PUSH_MASTER_KEY: MASTER_KEY,
    WECOM_PUSH_ADMIN_KEY: "an-admin-key-of-more-than-32-characters",
  }
}
