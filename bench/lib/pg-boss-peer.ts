// pg-boss alone, as a careful programmer uses it: inserts messages one by one, or processes the stored ones, with one call to
// WeCom for each job. Gets its orders by IPC.
import { PgBoss } from "pg-boss"
import { rawPoolSender } from "./raw-pool.ts"
import { measure } from "./rounds.ts"

const [url = "", wecomPort = ""] = process.argv.slice(2)
const ADDED = "added"
const DRAINED = "drained"
const FETCHED_AT_ONCE = 200
const INSERTED_AT_ONCE = 1000
/** As many as concurrent callers, so that no caller waits for a connection. */
const CONNECTIONS = 32

const boss = new PgBoss({ connectionString: url, schedule: false, max: CONNECTIONS })
boss.on("error", (error) => {
  throw error
})
await boss.start()
for (const name of [ADDED, DRAINED]) await boss.createQueue(name)
const sender = rawPoolSender(Number(wecomPort))
let n = 0

type Task =
  | { readonly add: { readonly roundMs: number; readonly inFlight: number } }
  | { readonly drain: { readonly count: number; readonly isEachCompleted: boolean } }
process.on("message", (task: Task) => void ("add" in task ? add(task.add) : drain(task.drain)))
process.on("disconnect", () => process.exit(1))
process.send?.({ port: Number(wecomPort) })

async function add({ roundMs, inFlight }: { roundMs: number; inFlight: number }): Promise<void> {
  const { done, seconds } = await measure(() => boss.send(ADDED, next()), roundMs, inFlight)
  process.send?.({ perSecond: done / seconds })
}

/**
 * Inserts all jobs before it begins to count.
 * @param isEachCompleted whether each job is completed when its call is answered, or all that were fetched together at once
 */
async function drain({ count, isEachCompleted }: { count: number; isEachCompleted: boolean }): Promise<void> {
  for (let left = count; left > 0; left -= INSERTED_AT_ONCE) {
    await boss.insert(
      DRAINED,
      Array.from({ length: Math.min(left, INSERTED_AT_ONCE) }, () => ({ data: next() })),
    )
  }
  const startedAt = performance.now()
  for (let left = count; left > 0;) {
    const jobs = await boss.fetch<{ touser: string; content: string }>(DRAINED, { batchSize: FETCHED_AT_ONCE })
    await Promise.all(
      jobs.map(async ({ id, data }) => {
        const answer = await sender.send(data)
        if (isEachCompleted) await boss.complete(DRAINED, id, answer)
      }),
    )
    if (!isEachCompleted) {
      await boss.complete(
        DRAINED,
        jobs.map(({ id }) => id),
      )
    }
    left -= jobs.length
  }
  process.send?.({ perSecond: count / ((performance.now() - startedAt) / 1000) })
}

function next(): { touser: string; content: string } {
  n++
  return { touser: `member-${n}`, content: `你好 ${n}` }
}
