import assert from "node:assert/strict"
import { globSync, readFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { test } from "node:test"

const root = resolve(import.meta.dirname, "..")

/** A timer that is set for more than 2^31 ms fires at once. So these names, which are not constants, need a limit, named here. */
const BOUNDED: Readonly<Record<string, string>> = {
  "packages/sdk/src/transport-https.ts connectTimeoutMs": "an option of tests; a constant without it",
  "packages/sdk/src/shared-work/shared-task.ts graceMs": "50 or 0",
  "packages/gateway/src/doors/http/routes/events.ts limits.followerStallMs": "a constant; an option of tests",
  "packages/gateway/src/doors/kit/unread-answers.ts limitMs / LOOKS": "constants; the first is an option of tests",
  "packages/gateway/src/doors/kit/silent-work.ts ms": "0, or clamped by those who ask",
  "packages/gateway/src/doors/large-bodies/reader-thread.ts this.#stillMs / LOOKS":
    "constants; the first is an option of tests",
  "packages/gateway/src/wecom/pass-call.ts ms": "a constant of this file, or of tests",
  "packages/gateway/src/people/kept-reading.ts ms": "constants of those who ask",
  "packages/gateway/src/files/s3-bucket.ts ms": "constants of this file",
  "packages/gateway/src/store/sqlite/checkpoints.ts ms": "constants of this file",
  "packages/gateway/src/store/sqlite/background-slices.ts restMs": "as long as a slice has taken, within its bounds",
  "packages/gateway/src/store/postgres/connection.ts ms": "constants of this file",
  "packages/gateway/src/store/postgres/job-queue.ts waitMs": "at most a constant of this file",
  "packages/gateway/src/store/postgres/inspect.ts pauseMs": "doubled up to a constant",
  "packages/gateway/src/store/postgres/shared-locks.ts patienceMs": "constants of those who ask",
  "packages/cli/src/doctor/reach.ts patienceMs": "a constant of this file",
  "packages/cli/src/gateway/exchange.ts silenceMs": "a constant of this file",
  "packages/cli/src/serve/readyz.ts patienceMs": "a constant of this file",
  "packages/cli/src/send/progress.ts redrawEveryMs": "a constant of this file",
  "packages/cli/src/serve/tidy-when-idle.ts lookEveryMs": "a constant of this file",
  "packages/sdk/src/wire/attempt-limit.ts ms": "clamped where it is declared",
  "packages/simulator/page/src/panel/use-polled.ts everyMs": "constants of those who ask",
  "packages/simulator/page/src/phones/follow/batches.ts Math.max(lastMs + BATCH_MS - performance.now(), 0)":
    "at most a constant",
  "packages/simulator/src/bots/bot-session.ts ms": "a fault's delay_ms, at most 2^31 - 1",
  "packages/simulator/src/faults/line.ts ms": "a fault's delay_ms, at most 2^31 - 1",
}

// proves 29.E10: times longer than a timer
test("no timer takes a time as it comes: each is a constant, clamped, or of this list with what bounds it", () => {
  const met = new Set<string>()
  const unbounded: string[] = []
  for (const file of globSync("packages/*/{src,page/src}/**/*.{ts,tsx}", { cwd: root })) {
    if (/\.test\.ts$|\/testing\//.test(file)) continue
    for (const time of timesIn(readFileSync(join(root, file), "utf8"))) {
      if (
        /^(?:[\d_]+|[A-Z][A-Z\d_]*)$/.test(time) ||
        /\bclampTimerMs\(|\bMath\.min\(|Math\.random\(\) \* [A-Z_]+$/.test(time)
      )
        continue
      const entry = `${file} ${time}`
      if (entry in BOUNDED) met.add(entry)
      else unbounded.push(entry)
    }
  }
  assert.deepEqual(unbounded, [], "clampTimerMs bounds a time; Clock.sleep takes any")
  assert.deepEqual(
    Object.keys(BOUNDED).filter((entry) => !met.has(entry)),
    [],
    "not there any more",
  )
})

test("such a time is found, whatever is around it", () => {
  assert.deepEqual([...timesIn("setTimeout(() => f(1, 2), at - now)")], ["at - now"])
  assert.deepEqual([...timesIn("socket.setTimeout(ms, () => 0); AbortSignal.timeout(60)")], ["ms", "60"])
  assert.deepEqual(
    [...timesIn('import { setTimeout as sleep } from "node:timers/promises"\nawait sleep(untilMs, undefined, {})')],
    ["untilMs"],
  )
})

function* timesIn(source: string): Generator<string> {
  const withSleep = /setTimeout as sleep \} from "node:timers\/promises"/.test(source)
  for (const { 1: call = "", index } of source.matchAll(
    /([\w.]*\b(?:setTimeout|setInterval|AbortSignal\.timeout|sleep))\(/g,
  )) {
    if (call === "sleep" ? !withSleep : call.endsWith(".sleep")) continue
    const given = argumentsAt(source, index + call.length + 1)
    const isLast = call === "setTimeout" || call === "setInterval"
    const time = given[isLast ? 1 : 0]
    if (time !== undefined) yield time
  }
}

/** The arguments of a call whose first argument begins at `from`. */
function argumentsAt(source: string, from: number): string[] {
  const given: string[] = []
  let depth = 0
  let begin = from
  for (let at = from; at < source.length; at++) {
    const sign = source.charAt(at)
    if ("([{".includes(sign)) depth++
    if (depth === 0 && (sign === "," || sign === ")")) {
      given.push(source.slice(begin, at).trim())
      begin = at + 1
      if (sign === ")") return given.filter((each) => each !== "")
    }
    if (")]}".includes(sign)) depth--
  }
  return given
}
