import { spawn } from "node:child_process"
import { once } from "node:events"
import { accessSync, constants } from "node:fs"
import { delimiter, join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { connect } from "node:net"

export const REDIS_MISSING =
  "there is no redis-server in PATH; install it (Debian, Ubuntu: apt-get install redis-server; macOS: brew install redis)"

export function hasRedis(): boolean {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, "redis-server"), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

export interface RedisChild extends AsyncDisposable {
  readonly socket: string
}

/** A Redis that has each write on the disk before it answers, as the gateway has; reached by a socket, not by TCP. */
export async function startRedis(folder: string): Promise<RedisChild> {
  const socket = join(folder, "redis.sock")
  const settings = { port: 0, unixsocket: socket, dir: folder, appendonly: "yes", appendfsync: "always", save: "" }
  const words = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])
  const child = spawn("redis-server", words, { stdio: ["ignore", "ignore", "inherit"] })
  const exited = once(child, "exit")
  while (!(await canConnect(socket))) {
    if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}`)
    await sleep(20)
  }
  return {
    socket,
    [Symbol.asyncDispose]: async () => {
      child.kill()
      await exited
    },
  }
}

function canConnect(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const trial = connect(socket)
    trial.once("connect", () => resolve(true)).once("error", () => resolve(false))
    trial.once("connect", () => trial.destroy())
  })
}
