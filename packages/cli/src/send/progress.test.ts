import assert from "node:assert/strict"
import { test } from "node:test"
import { outputOf } from "../output.ts"
import { Progress } from "./progress.ts"

/** A progress on a screen or in a log, and a clock to push. */
function aProgress({ isTTY = false, quiet = false } = {}) {
  const written: string[] = []
  let nowMs = 0
  const sink = { isTTY, write: (text: string) => written.push(text) }
  const io = {
    stdin: (async function* () {})(),
    stdout: sink,
    stderr: sink,
    env: {},
    cwd: "/",
    interruption: () => new AbortController().signal,
  }
  const language = "en" as const
  const context = { io, language, output: outputOf(io, { language, json: false, quiet }) }
  return {
    progress: new Progress(context, () => nowMs),
    written,
    at: (seconds: number): void => {
      nowMs = seconds * 1000
    },
  }
}

test("a short send is over before anybody wonders: nothing is said", () => {
  const { progress, written, at } = aProgress({ isTTY: true })
  at(0.9)
  progress.update({ stage: "send", done: 1, total: 3 })
  progress.end()
  assert.deepEqual(written, [])
})

test("on a terminal one line keeps changing and is gone at the end", () => {
  const { progress, written, at } = aProgress({ isTTY: true })
  for (const second of [1, 1.05, 1.2]) {
    at(second)
    progress.update({ stage: "look_up", done: second * 100, total: 1000 })
  }
  progress.end()
  assert.deepEqual(written, [
    "\r\u001B[Klooking people up: 100 of 1000",
    "\r\u001B[Klooking people up: 120 of 1000",
    "\r\u001B[K",
  ])
})

test("in a log a line comes every ten seconds", () => {
  const { progress, written, at } = aProgress()
  for (let second = 1; second <= 35; second++) {
    at(second)
    progress.update({ stage: "send", done: second, total: 1000 })
  }
  progress.end()
  assert.deepEqual(written, ["sending: 10 of 1000\n", "sending: 20 of 1000\n", "sending: 30 of 1000\n"])
})

test("--quiet has none", () => {
  const { progress, written, at } = aProgress({ isTTY: true, quiet: true })
  at(60)
  progress.update({ stage: "send", done: 1, total: 3 })
  progress.end()
  assert.deepEqual(written, [])
})

test("an upload is told in megabytes", () => {
  const { progress, written, at } = aProgress({ isTTY: true })
  at(2)
  progress.update({ stage: "upload", done: 3 * 1024 * 1024, total: 20 * 1024 * 1024 })
  assert.deepEqual(written, ["\r\u001B[Kuploading: 3.0 of 20.0 MB"])
})
