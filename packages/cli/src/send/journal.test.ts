import assert from "node:assert/strict"
import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { suite, test } from "node:test"
import { fc } from "../../../../tools/testing/fast-check.ts"
import { CommandError } from "../command-error.ts"
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

test("a call is read back as the result of each, by address and by userid in any case", async () => {
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

test("a recipient that got the first parts of a split text is not sent to again", async () => {
  await using folder = await aFolder()
  {
    using journal = folder.open()
    const call = (await journal.started([ZHANGSAN])) ?? 0
    await journal.finished(call, [{ ...ZHANGSAN, state: "failed", reason: "part_2_of_3_unreachable", msgid: "m" }], [])
  }
  using journal = folder.open()
  assert.equal(journal.outcome("user", "ZhangSan")?.reason, "part_2_of_3_unreachable")
})

// proves 10.7: long lists
test("wherever a kill cuts the file off, no recipient whose call was made is sent to again", async () => {
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
      // The part that was cut off is gone, so that the next line is whole.
      assert.ok(await journal.started([DEPARTMENT]))
      const now = (await readFile(folder.file, "utf8")).trimEnd().split("\n")
      for (const line of now) JSON.parse(line)
    }),
    { numRuns: 100 },
  )
})

test("what is moved away while a run continues is written to no more, and nothing more may be sent", async () => {
  await using folder = await aFolder()
  using journal = folder.open()
  assert.equal(await journal.started([ZHANGSAN]), 1)
  await rename(folder.file, `${folder.file}-away`)
  assert.equal(await journal.started([LISI]), undefined)
  assert.equal(journal.failure, "ENOENT")
  await writeFile(folder.file, "")
  assert.equal(await journal.started([LISI]), undefined)
})

// proves 28.journal: a journal that was changed
suite(
  "28: a line that tells of a call otherwise than this program does is refused with its number: who has the message is not certain",
  () => {
    const to = [
      ["mobile", "13800000001", "ZhangSan"],
      ["department", "2"],
    ]
    for (const [what, third, fourth] of [
      ["a state there is none of", { to }, { results: [{ state: "sunt" }] }],
      ["no state", { to }, { results: [{}] }],
      ["no results", { to }, { results: [] }],
      ["a result for one of two", { to }, { results: [{ state: "sent", who: [0] }] }],
      ["a place that is not in the call", { to }, { results: [{ state: "failed" }, { state: "sent", who: [7] }] }],
      [
        "a place twice",
        { to },
        {
          results: [
            { state: "failed", who: [0, 1] },
            { state: "sent", who: [1] },
          ],
        },
      ],
      ["two results for all others", { to }, { results: [{ state: "sent" }, { state: "failed" }] }],
      ["an errcode that is no number", { to }, { results: [{ state: "failed", errcode: "0" }] }],
      ["a kind of address there is none of", { to: [["mobil", "13800000001"]] }, undefined],
    ] as const) {
      test(what, async () => {
        await using folder = await aFolder()
        {
          using journal = folder.open()
          assert.equal(await journal.started([ZHANGSAN, DEPARTMENT]), 1)
        }
        const [head, run] = (await readFile(folder.file, "utf8")).split("\n")
        const lines = [third, fourth]
          .filter((line) => line !== undefined)
          .map((line) => JSON.stringify({ call: 1, ...line }))
        await writeFile(folder.file, `${[head, run, ...lines].join("\n")}\n`)
        assert.throws(
          () => folder.open(),
          (error) => {
            assert.ok(error instanceof CommandError)
            assert.equal(error.exitCode, 2)
            const [fault] = error.faults
            return new RegExp(`^“j”: line ${lines.length + 2} is not one of a journal`).test(fault?.message ?? "")
          },
        )
      })
    }
  },
)

test("28: places that are named one by one are read back, without a result for all others", async () => {
  await using folder = await aFolder()
  {
    using journal = folder.open()
    await journal.started([ZHANGSAN, DEPARTMENT])
  }
  const line = {
    call: 1,
    results: [
      { state: "sent", who: [0] },
      { state: "failed", who: [1] },
    ],
    calls: [],
  }
  await writeFile(folder.file, `${JSON.stringify(line)}\n`, { flag: "a" })
  using journal = folder.open()
  assert.equal(journal.outcome("user", "ZhangSan")?.state, "sent")
  assert.equal(journal.outcome("department", "2"), undefined)
})
