import assert from "node:assert/strict"
import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { fc } from "../../../../tools/testing/fast-check.ts"
import { outputOf } from "../output.ts"
import type { Journal } from "./journal.ts"
import { openJournal } from "./open-journal.ts"

async function aFolder() {
  const cwd = await mkdtemp(join(tmpdir(), "wecom-push-journal-"))
  const language = "en" as const
  const silent = { write: () => undefined }
  const io = {
    stdin: (async function* () {})(),
    stdout: silent,
    stderr: silent,
    env: {},
    cwd,
    interruption: () => new AbortController().signal,
  }
  const context = { io, language, output: outputOf(io, { language, json: false, quiet: false }) }
  const head = { corpId: "ww1", agentId: 1, content: "abc" }
  return {
    file: join(cwd, "j"),
    open: (): Journal => openJournal({ file: "j", head, isDryRun: false }, context),
    [Symbol.asyncDispose]: () => rm(cwd, { recursive: true, force: true }),
  }
}

const ZHANGSAN = { type: "mobile", address: "13800000001", userid: "ZhangSan" } as const
const LISI = { type: "mobile", address: "13800000002", userid: "lisi" } as const
const DEPARTMENT = { type: "department", address: "2" } as const

test("a call is read back as what became of each, by address and by userid in any case", async () => {
  await using folder = await aFolder()
  {
    using journal = folder.open()
    const call = (await journal.started([ZHANGSAN, LISI, DEPARTMENT])) ?? 0
    await journal.finished(
      call,
      [
        { ...ZHANGSAN, state: "sent", errcode: 0, msgid: "m" },
        { ...LISI, state: "invalid", errcode: 0, reason: "outside_visible_range" },
        { ...DEPARTMENT, state: "sent", errcode: 0, msgid: "m" },
      ],
      [{ errcode: 0, msgid: "m" }],
    )
  }
  using journal = folder.open()
  const sent = { state: "sent", errcode: 0, msgid: "m" }
  assert.equal(journal.run, 2)
  assert.equal(journal.userid("mobile", "13800000001"), "ZhangSan")
  assert.deepEqual(journal.outcome("user", "zhangsan"), sent)
  assert.deepEqual(journal.outcome("department", "2"), sent)
  assert.equal(journal.outcome("tag", "2"), undefined)
  // Refused, so worth asking again.
  assert.deepEqual([journal.userid("mobile", "13800000002"), journal.outcome("user", "lisi")], [undefined, undefined])
  assert.deepEqual(journal.earlierCalls, [{ errcode: 0, msgid: "m" }])
})

test("whoever got the first parts of a split text is not sent to again", async () => {
  await using folder = await aFolder()
  {
    using journal = folder.open()
    const call = (await journal.started([ZHANGSAN])) ?? 0
    await journal.finished(call, [{ ...ZHANGSAN, state: "failed", reason: "part_2_of_3_unreachable", msgid: "m" }], [])
  }
  using journal = folder.open()
  assert.equal(journal.outcome("user", "ZhangSan")?.reason, "part_2_of_3_unreachable")
})

test("wherever a kill cuts the file off, nobody whose call was made is sent to again", async () => {
  await using folder = await aFolder()
  {
    using journal = folder.open()
    for (const row of [ZHANGSAN, LISI]) {
      const call = (await journal.started([row])) ?? 0
      await journal.finished(call, [{ ...row, state: "sent", errcode: 0, msgid: "m" }], [])
    }
  }
  const whole = await readFile(folder.file)
  const lines = whole.toString().split("\n")
  /** How many bytes there are when line `number`, from 1, is whole. */
  const endOf = (number: number): number => Buffer.byteLength(lines.slice(0, number).join("\n")) + 1
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: whole.length }), async (length) => {
      await writeFile(folder.file, whole.subarray(0, length))
      using journal = folder.open()
      const expected = (started: number): string | undefined =>
        length < endOf(started) ? undefined : length < endOf(started + 1) ? "in_doubt" : "sent"
      assert.equal(journal.outcome("user", "ZhangSan")?.state, expected(3))
      assert.equal(journal.outcome("user", "lisi")?.state, expected(5))
      // What was cut off is gone, so that the next line stands alone.
      assert.ok(await journal.started([DEPARTMENT]))
      const now = (await readFile(folder.file, "utf8")).trimEnd().split("\n")
      for (const line of now) JSON.parse(line)
    }),
    { numRuns: 100 },
  )
})

test("what is moved away while a run goes on is written to no more, and nothing more may be sent", async () => {
  await using folder = await aFolder()
  using journal = folder.open()
  assert.equal(await journal.started([ZHANGSAN]), 1)
  await rename(folder.file, `${folder.file}-away`)
  assert.equal(await journal.started([LISI]), undefined)
  assert.equal(journal.failure, "ENOENT")
  await writeFile(folder.file, "")
  assert.equal(await journal.started([LISI]), undefined)
})
