import assert from "node:assert/strict"
import { test } from "node:test"
import type { MessageDetail } from "../../model/ports/reader.ts"
import type { RecallProgress } from "../../model/ports/recalls.ts"
import { StorageError } from "../../model/storage-error.ts"
import { LongRecalls } from "./long-recalls.ts"

const ASKED_AT = Date.UTC(2026, 10, 25, 4)

/**
 * Recalls that fail with these errors, one after another, and the log of it.
 * @param message the message as it is found after that
 */
async function recallThatFailsWith(
  failures: readonly Error[],
  message?: MessageDetail,
  ended?: Partial<RecallProgress>,
) {
  const left = [...failures]
  const logged: string[] = []
  const slept: number[] = []
  const note = (level: string) => (fields: Readonly<Record<string, unknown>>, sentence: string) => {
    logged.push(`${level} ${String(fields["code"])} ${"err" in fields ? "with the error" : "without it"}: ${sentence}`)
  }
  const progress = { askedAt: ASKED_AT, cancelled: 0, results: {}, ...ended }
  const recalls = new LongRecalls(
    {
      recalls: {
        begin: () => Promise.resolve({ progress, isNew: true }),
        progress: () => Promise.resolve(progress),
        takeOver: () => assert.fail(),
        note: () => assert.fail(),
      },
      runtimes: { get: () => assert.fail() },
      outbox: { update: () => assert.fail() },
      reader: { calls: () => assert.fail() },
      metrics: { recipientsFinished: () => assert.fail() },
      log: { info: () => assert.fail(), warn: note("warn"), error: note("error") },
      clock: {
        now: () => ASKED_AT,
        sleep: async (ms) => void slept.push(ms),
      },
      stopping: new AbortController().signal,
    },
    {
      alone: (_, work) => work(),
      find: async () => {
        const failure = left.shift()
        if (failure !== undefined) throw failure
        return message
      },
      withdraw: () => assert.fail(),
      endDuplicates: () => assert.fail(),
    },
  )
  await recalls.ask("msg_1")
  await recalls.idle()
  return { logged, slept }
}

// proves 29.recall: a recall of many calls
test("issue 29: what fails in a recall of many calls, as on a damaged row, ends no process and is tried again", async () => {
  const { logged, slept } = await recallThatFailsWith([new StorageError("storage_busy"), new SyntaxError("damaged")])
  assert.deepEqual(logged, [
    "warn storage_busy without it: recall of a message with many calls interrupted; trying again",
    "error SyntaxError with the error: recall of a message with many calls failed; trying again",
  ])
  assert.deepEqual(slept, [1000, 10_000])
})

// proves 29.recall: a recall of many calls
test("a recall that another process has ended by the time of its turn is not begun anew", async () => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing of it is looked at
  const message = {} as MessageDetail
  const { logged } = await recallThatFailsWith([], message, { endedAt: ASKED_AT })
  assert.deepEqual(logged, [])
})
