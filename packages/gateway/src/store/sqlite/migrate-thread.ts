import { parentPort, workerData } from "node:worker_threads"
import { READY } from "../../threads/worker-thread.ts"
import { openDatabase } from "./connection.ts"
import { migrate } from "./migrate.ts"
import type { MigrateReply } from "./migrate-in-thread.ts"

/**
 * The thread that changes tables: minutes of that in the main thread would keep the process from reporting it, and from
 * ending.
 */
if (parentPort === null) throw new Error("this module runs in a worker thread")
const port = parentPort

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what `migrateInThread` starts it with
const db = openDatabase(workerData as string)
port.postMessage(READY)
try {
  await migrate(db, { onStep: (step) => post({ step }) })
} finally {
  db.close()
}
post("done")

function post(reply: MigrateReply): void {
  port.postMessage(reply)
}
