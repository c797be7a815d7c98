import { fork, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"

/** A server in a process of its own, so that it does not share a core's time with the client measured. */
export interface ServerChild extends AsyncDisposable {
  readonly port: number
  readonly process: ChildProcess
}

/** Starts `file` (relative to `bench/`), which sends `{ port }` once it listens. */
export async function startServer(file: string, args: readonly string[] = []): Promise<ServerChild> {
  const child = fork(fileURLToPath(new URL(`../${file}`, import.meta.url)), args, {
    execArgv: ["--conditions=wecom-push-source"],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  })
  const [{ port }] = (await once(child, "message")) as [{ port: number }]
  return {
    port,
    process: child,
    [Symbol.asyncDispose]: async () => {
      child.kill()
      await once(child, "exit")
    },
  }
}

/** Resident memory of a process in bytes, as the kernel sees it. */
export async function residentBytes(pid: number): Promise<number> {
  const { readFile } = await import("node:fs/promises")
  const status = await readFile(`/proc/${pid}/status`, "utf8")
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024
}
