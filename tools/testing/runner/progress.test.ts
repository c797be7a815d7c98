import assert from "node:assert/strict"
import { test } from "node:test"
import { Progress } from "./progress.ts"

function progressOf(files: readonly (readonly [string, number | undefined])[]) {
  const screen = { columns: 80, written: "" }
  const time = { ms: 0 }
  const terminal = {
    columns: screen.columns,
    write: (text: string) => (screen.written += text),
  }
  const progress = new Progress(terminal, { files: new Map(files), processes: 2, now: () => time.ms })
  /** The text that a terminal shows, without cleared lines. */
  const shown = (): readonly string[] => screen.written.split("\n").map((line) => line.split("\r\u001B[K").at(-1) ?? "")
  return { progress, time, shown }
}

// proves 28.fast: progress, and fewer tests
test("it tells how many files are done, how long the others will take by the last run, and what runs", () => {
  const { progress, time, shown } = progressOf([
    ["a.test.ts", 90_000],
    ["b.test.ts", 20_000],
    ["c.test.ts", 50_000],
  ])
  progress.started("a.test.ts")
  assert.deepEqual(shown(), ["0 of 3 files · some 1 min 30 s left · a.test.ts"])
  progress.started("b.test.ts")
  time.ms = 30_000
  progress.ended("b.test.ts")
  progress.started("c.test.ts")
  assert.deepEqual(shown(), ["1 of 3 files · some 1 min 0 s left · a.test.ts c.test.ts"])
})

test("while a file has not been run yet it promises nothing", () => {
  const { progress, shown } = progressOf([
    ["a.test.ts", 90_000],
    ["new.test.ts", undefined],
  ])
  progress.started("a.test.ts")
  assert.deepEqual(shown(), ["0 of 2 files · a.test.ts"])
})

test("what is printed stays above it, whole lines or not", () => {
  const { progress, shown } = progressOf([["a.test.ts", undefined]])
  progress.started("a.test.ts")
  progress.print("✔ one\n")
  progress.print("begun")
  progress.print(" and ended\n")
  assert.deepEqual(shown(), ["✔ one", "begun and ended", "0 of 1 files · a.test.ts"])
  progress.clear()
  assert.deepEqual(shown(), ["✔ one", "begun and ended", ""])
})

test("it never takes more than a line", () => {
  const { progress, shown } = progressOf([[`${"a".repeat(200)}.test.ts`, undefined]])
  progress.started(`${"a".repeat(200)}.test.ts`)
  assert.equal(shown()[0]?.length, 79)
})
