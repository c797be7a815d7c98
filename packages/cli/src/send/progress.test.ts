import assert from "node:assert/strict"
import { test } from "node:test"
import type { Language } from "@wecom-push/protocol"
import type { SendWait } from "@wecom-push/sdk"
import { outputOf } from "../output.ts"
import { Progress } from "./progress.ts"

/** A progress on a screen or in a log, and a clock to push. */
function aProgress(
  { isTTY = false, quiet = false }: { isTTY?: boolean; quiet?: boolean } = {},
  language: Language = "en",
) {
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

// proves 4.4: the command
test("an upload is reported in megabytes", () => {
  const { progress, written, at } = aProgress({ isTTY: true })
  at(2)
  progress.update({ stage: "upload", done: 3 * 1024 * 1024, total: 20 * 1024 * 1024 })
  assert.deepEqual(written, ["\r\u001B[Kuploading: 3.0 of 20.0 MB"])
})

/** The pace of look-ups, which takes about 19 minutes for those who are left. */
function paceWait(seconds: number): SendWait {
  const rule = { limit: 9_000, windowMs: 60_000 }
  return { why: "lookup_pace", left: 171_000, rule, ms: seconds * 1000, msFor: (count) => (count / 9_000) * 60_000 }
}

test("a wait says why and for how long, on a terminal in the line that keeps changing", () => {
  const { progress, written, at } = aProgress({ isTTY: true })
  at(5)
  progress.update({ stage: "send", done: 9_000, total: 200_000 })
  at(5.2)
  progress.wait(paceWait(50))
  at(60)
  progress.update({ stage: "send", done: 10_000, total: 200_000 })
  progress.end()
  assert.deepEqual(written, [
    "\r\u001B[Ksending: 9000 of 200000",
    "\r\u001B[Ksending: 9000 of 200000 · WeCom takes 9,000 look-ups a minute; about 19 min left",
    "\r\u001B[Ksending: 10000 of 200000",
    "\r\u001B[K",
  ])
})

// proves 10.7: long lists
test("in a log a wait is reported when it begins and then once a minute, however often the pace asks to wait", () => {
  const { progress, written, at } = aProgress({}, "zh")
  for (let second = 5; second <= 300; second++) {
    at(second)
    progress.wait(paceWait(1))
    if (second % 60 === 0) progress.update({ stage: "send", done: second * 100, total: 200_000 })
  }
  progress.end()
  assert.ok(written.length >= 8 && written.length <= 12, written.join(""))
  assert.equal(written[0], "企业微信每分钟最多接受 9,000 次查询，约还需 19 分钟\n")
  assert.equal(written.at(-1), "正在发送：24000/200000 · 企业微信每分钟最多接受 9,000 次查询，约还需 19 分钟\n")
})

test("what WeCom closes is reported each time, with the time that is left of it", () => {
  const { progress, written, at } = aProgress()
  at(20)
  progress.update({ stage: "send", done: 1, total: 3 })
  progress.wait({ why: "lookup_paused", ms: 60_000 })
  at(75)
  progress.wait({ why: "send_limited", ms: 3_600_000 })
  at(140)
  progress.update({ stage: "send", done: 2, total: 3 })
  progress.end()
  assert.deepEqual(written, [
    "sending: 1 of 3\n",
    "sending: 1 of 3 · WeCom has closed look-ups for a while (45009); asking again in 60 s\n",
    "sending: 1 of 3 · WeCom takes no more calls for a while (45009); continuing in 60 min\n",
    "sending: 2 of 3 · WeCom takes no more calls for a while (45009); continuing in 59 min\n",
  ])
})

test("--quiet tells of no wait", () => {
  const { progress, written, at } = aProgress({ isTTY: true, quiet: true })
  at(60)
  progress.wait(paceWait(50))
  progress.end()
  assert.deepEqual(written, [])
})
