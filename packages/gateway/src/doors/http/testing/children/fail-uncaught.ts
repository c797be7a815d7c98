import { EventEmitter } from "node:events"
import { exitOnFault } from "../../../../app/exit-on-fault.ts"
import { createLog } from "../../../../app/log.ts"

/** Causes an uncaught error of the requested kind. */
exitOnFault(createLog("info"))
setInterval(() => {}, 1000)
setImmediate(() => {
  if (process.argv[2] === "throw") throw new Error("thrown")
  if (process.argv[2] === "reject") void Promise.reject(new Error("rejected for 13800000001"))
  if (process.argv[2] === "emit") new EventEmitter().emit("error", new Error("emitted"))
})
