import { fork, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { Missing } from "./missing.ts"

/** A server in a process of its own, so that it does not share a core's time with the client measured. */
export interface ServerChild extends AsyncDisposable {
  readonly port: number
  readonly process: ChildProcess
  /** The next message from it that has this property. */
  told<T>(name: string): Promise<T>
}

/**
 * Starts `file` (relative to `bench/`), which sends `{ port }` once it listens. If CPU_PROFILES names a folder, each server
 * writes a profile there when it ends.
 */
export async function startServer(
  file: string,
  args: readonly string[] = [],
  { flags = [] }: { readonly flags?: readonly string[] } = {},
): Promise<ServerChild> {
  const child = fork(fileURLToPath(new URL(file, new URL("../", import.meta.url))), args, {
    execArgv: ["--disable-warning=ExperimentalWarning", ...profileFlags(), ...flags],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  })
  const exited = once(child, "exit")
  const told: ServerChild["told"] = (name) => toldBy(child, file, name)
  return {
    port: await told<number>("port"),
    process: child,
    told,
    [Symbol.asyncDispose]: async () => {
      child.kill()
      await exited
    },
  }
}

/** Flags for a process. If CPU_PROFILES names a folder, the process writes a profile there when it ends. */
export function profileFlags(): readonly string[] {
  const folder = process.env["CPU_PROFILES"]
  return folder === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${folder}`]
}

/** The next message from a child that has this property. @throws when the child ends without it */
export async function toldBy<T>(child: ChildProcess, file: string, name: string): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  const listen = (message: Record<string, T>): void => {
    const value = message[name]
    if (value !== undefined) resolve(value)
  }
  const fail = (code: unknown): void => reject(new Error(`${file} ended with ${String(code)}`))
  child.on("message", listen).once("exit", fail)
  try {
    return await promise
  } finally {
    child.off("message", listen).off("exit", fail)
  }
}

/** @param stub one that reports arrivals. @returns milliseconds from the request until the first call arrives there */
export async function untilArrival(stub: ServerChild, ask: () => Promise<unknown>): Promise<number> {
  const arrival = stub.told<string>("arrivedAt")
  const askedAt = process.hrtime.bigint()
  await Promise.all([arrival, ask()])
  return Number(BigInt(await arrival) - askedAt) / 1e6
}

/** Resolves when `count` messages have reached the stub since it began. */
export async function untilSends(stub: ServerChild, count: number): Promise<void> {
  const reached = stub.told<number>("reached")
  stub.process.send({ tellAfter: count })
  await reached
}

/** Resident memory of a process in bytes, as the kernel sees it: now, and at its highest. */
export async function residentBytes(pid: number): Promise<number> {
  return statusBytes(pid, "VmRSS")
}

export async function peakResidentBytes(pid: number): Promise<number> {
  return statusBytes(pid, "VmHWM")
}

/** The processor time of a process so far, including threads that have ended, in steps of 10 ms. */
export async function processorSeconds(pid: number): Promise<number> {
  needsProc()
  const stat = await readFile(`/proc/${pid}/stat`, "utf8")
  // After the name, which may contain anything, come the state and, eleven fields later, the two times.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

/** The processor time of its main thread alone. */
export async function threadSeconds(pid: number): Promise<number> {
  needsProc()
  const [nanoseconds] = (await readFile(`/proc/${pid}/task/${pid}/schedstat`, "utf8")).split(" ")
  return Number(nanoseconds) / 1e9
}

/** In all times that Linux reports to programs. */
const TICKS_PER_SECOND = 100

/** @throws {Missing} where the kernel has no `/proc` */
export function needsProc(): void {
  if (!existsSync("/proc/self/status"))
    throw new Missing("it reads memory and time of processes from /proc: run it on Linux")
}

async function statusBytes(pid: number, field: string): Promise<number> {
  needsProc()
  const status = await readFile(`/proc/${pid}/status`, "utf8")
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) * 1024
}
