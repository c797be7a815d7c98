import type { DatabaseSync } from "node:sqlite"
import { parentPort, workerData } from "node:worker_threads"
import { READY } from "../../threads/worker-thread.ts"
import type { Order, Reply } from "./checkpoint-messages.ts"
import { classifyError } from "./classify-error.ts"
import { openDatabase } from "./connection.ts"

/** The thread that copies what is in SQLite's log into the database: nobody else waits for the disk that long. */
if (parentPort === null) throw new Error("this module runs in a worker thread")
const port = parentPort

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what `Checkpoints` starts it with
const db = openDatabase(workerData as string)
const checkpoint = db.prepare("pragma wal_checkpoint(passive)")

port.on("message", (order: Order) => {
  const reply: Reply = { isDone: perform(order) }
  port.postMessage(reply)
})

port.postMessage(READY)

/** @returns false when the disk did not let it; there is no harm in trying again */
function perform(order: Order): boolean {
  try {
    checkpoint.get()
    if (order === "begin anew") beginAnew(db)
    return true
  } catch (error) {
    if (classifyError(error) === undefined) throw error
    return false
  }
}

/**
 * Whoever writes first after all has been copied begins the log anew, and has to wait until its new head is on the disk.
 * While somebody reads it this is only one change more.
 */
function beginAnew(db: DatabaseSync): void {
  db.exec("begin immediate")
  try {
    db.exec("update meta set value = value + 1 where name = 'probe'; commit")
  } finally {
    if (db.isTransaction) db.exec("rollback")
  }
}
