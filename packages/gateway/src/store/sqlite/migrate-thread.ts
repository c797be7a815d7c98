import { parentPort, workerData } from "node:worker_threads"
import { READY } from "../../threads/worker-thread.ts"
import { openDatabase } from "./connection.ts"
import { MigrationStopped } from "../migration-watch.ts"
import { migrate } from "./migrate.ts"
import type { MigrateOrder, MigrateReply } from "./migrate-in-thread.ts"

/**
 * The thread that changes tables: minutes of that in the main thread would keep the process from reporting it, and from
 * ending.
 */
if (parentPort === null) throw new Error("this module runs in a worker thread")
const port = parentPort

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what `migrateInThread` starts it with
const { file, stop } = workerData as MigrateOrder
const db = openDatabase(file)
port.postMessage(READY)
let ended: "done" | "stopped" = "done"
try {
  await migrate(db, { onStep: begin })
} catch (error) {
  if (!(error instanceof MigrationStopped)) throw error
  ended = "stopped"
} finally {
  db.close()
}
post(ended)

function begin(step: string): void {
  if (Atomics.load(stop, 0) === 1) throw new MigrationStopped()
  post({ step })
}

function post(reply: MigrateReply): void {
  port.postMessage(reply)
}
