// A worker thread that listens and does not accept, until the test allows it. Then it forwards connections to a port.
import { connect, createServer } from "node:net"
import type { AddressInfo } from "node:net"
import { setTimeout as after } from "node:timers/promises"
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads"

interface WorkerData {
  readonly isHeld: Int32Array<SharedArrayBuffer>
}

/** A port that completes no further connection: a client waits, as on a network route that leads nowhere. */
export class FullBacklog implements AsyncDisposable {
  readonly port: number
  readonly #worker: Worker
  readonly #isHeld: Int32Array<SharedArrayBuffer>

  private constructor(port: number, worker: Worker, isHeld: Int32Array<SharedArrayBuffer>) {
    this.port = port
    this.#worker = worker
    this.#isHeld = isHeld
  }

  static async open(): Promise<FullBacklog> {
    const isHeld = new Int32Array(new SharedArrayBuffer(4))
    const worker = new Worker(new URL(import.meta.url), { workerData: { isHeld } satisfies WorkerData })
    const { promise, resolve } = Promise.withResolvers<number>()
    worker.once("message", resolve)
    const port = await promise
    await untilConnectingHangs(port)
    return new FullBacklog(port, worker, isHeld)
  }

  /** From now on it accepts connections, and forwards them to this port. */
  leadTo(targetPort: number): void {
    Atomics.store(this.#isHeld, 0, targetPort)
    Atomics.notify(this.#isHeld, 0)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.leadTo(this.port)
    await this.#worker.terminate()
  }
}

/** The kernel completes some connections by itself, before the program accepts them. */
async function untilConnectingHangs(port: number): Promise<void> {
  for (let tries = 0; tries < 64; tries++) {
    const socket = connect(port, "127.0.0.1")
    socket.on("error", () => undefined)
    socket.unref()
    const { promise, resolve } = Promise.withResolvers<boolean>()
    socket.once("connect", () => resolve(true))
    if (!(await Promise.race([promise, after(HANGS_MS, false)]))) {
      socket.destroy()
      return
    }
  }
  throw new Error("the backlog has no end here")
}

const HANGS_MS = 150

if (!isMainThread) {
  const { isHeld } = workerData as WorkerData
  const server = createServer((client) => {
    const upstream = connect(Atomics.load(isHeld, 0), "127.0.0.1")
    for (const socket of [client, upstream]) socket.on("error", () => undefined)
    client.pipe(upstream).pipe(client)
  })
  server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port of worker threads has no origins
    parentPort?.postMessage((server.address() as AddressInfo).port)
    // The message is sent first; after that this thread's event loop is blocked.
    setImmediate(() => Atomics.wait(isHeld, 0, 0))
  })
}
