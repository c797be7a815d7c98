import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { connect } from "node:net"
import { findProgram, needs, pathOf } from "../../tools/testing/programs.ts"

export const REDIS_MISSING = needs("redis-server")

export function hasRedis(): boolean {
  return findProgram("redis-server") !== undefined
}

export interface RedisChild extends AsyncDisposable {
  readonly socket: string
}

/** A Redis that writes to the disk before each answer, as the gateway does; reached by a Unix socket, not by TCP. */
export async function startRedis(folder: string): Promise<RedisChild> {
  const socket = join(folder, "redis.sock")
  const settings = { port: 0, unixsocket: socket, dir: folder, appendonly: "yes", appendfsync: "always", save: "" }
  const words = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])
  const child = spawn(pathOf("redis-server"), words, { stdio: ["ignore", "ignore", "inherit"] })
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
