import type { DatabaseSync } from "node:sqlite"
import { parentPort, workerData } from "node:worker_threads"
import { READY } from "../../threads/worker-thread.ts"
import type { Order, Reply } from "./checkpoint-messages.ts"
import { classifyError } from "./classify-error.ts"
import { openDatabase } from "./connection.ts"

/** The thread that copies SQLite's log into the database, so that no other work waits for the disk that long. */
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

/** @returns false when the disk refused; it can be tried again */
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
 * The first write after a complete copy restarts the log, and has to wait until its new head is on the disk. During a
 * read this is only one more change.
 */
function beginAnew(db: DatabaseSync): void {
  db.exec("begin immediate")
  try {
    db.exec("update meta set value = value + 1 where name = 'probe'; commit")
  } finally {
    if (db.isTransaction) db.exec("rollback")
  }
}
