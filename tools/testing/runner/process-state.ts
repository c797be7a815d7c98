import { channel } from "node:diagnostics_channel"

/** The state by which the files of one process could affect each other: each file must leave it unchanged. */
export type ProcessState = ReadonlyMap<string, unknown>

/** Events for which libraries leave a listener until the process ends, which does not affect other files. */
const OF_LIBRARIES = new Set([
  "exit",
  "beforeExit",
  "newListener",
  "removeListener",
  "message",
  "SIGHUP",
  "SIGINT",
  "SIGTERM",
  "SIGBREAK",
])
/** Globals in which libraries share state between their copies, and the helpers of tslib. */
const GLOBALS_OF_LIBRARIES = /^(?:__zod_|__[a-zA-Z]+$|__core-js_shared__$|awslambda$)/
/** A variable that node's runner sets in a process that runs files. */
const OF_RUNNER = "NODE_TEST_WORKER_ID"
/** Diagnostics channels that tests subscribe to. */
const CHANNELS = ["wecom-push:point", "undici:request:bodySent", "fastify.initialization", "worker_threads"]
const GLOBALS = ["Date", "setTimeout", "setInterval", "setImmediate", "fetch", "queueMicrotask"] as const

export function stateOfProcess(): ProcessState {
  const state = new Map<string, unknown>()
  for (const [name, value] of Object.entries(process.env))
    if (name !== OF_RUNNER) state.set(`process.env.${name}`, value)
  state.set("process.cwd()", process.cwd())
  state.set("process.exitCode", process.exitCode)
  state.set("process.title", process.title)
  for (const name of process.eventNames()) {
    if (typeof name === "string" && !OF_LIBRARIES.has(name)) {
      state.set(`the listeners of "${name}" of process`, process.listenerCount(name))
    }
  }
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    if (!GLOBALS_OF_LIBRARIES.test(name)) state.set(`globalThis.${name}`, "there")
  }
  for (const name of CHANNELS) state.set(`the subscribers of "${name}"`, channel(name).hasSubscribers)
  for (const name of GLOBALS) state.set(`globalThis.${name}`, globalThis[name])
  state.set("Math.random", Math.random)
  state.set("performance.now", Reflect.get(performance, "now"))
  for (const [name, method] of Object.entries(console)) state.set(`console.${name}`, method)
  for (const stream of ["stdout", "stderr"] as const)
    state.set(`process.${stream}.write`, Reflect.get(process[stream], "write"))
  return state
}

/** The names of everything that has changed since `before`. */
export function changesOf(before: ProcessState): readonly string[] {
  const now = stateOfProcess()
  return [...new Set([...before.keys(), ...now.keys()])].filter((name) => before.get(name) !== now.get(name))
}
