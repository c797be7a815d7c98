import { once } from "node:events"
import { WebSocket } from "ws"
import type { Simulator } from "../start-simulator.ts"

export interface Frame {
  readonly cmd?: string
  readonly headers: { readonly req_id: string }
  readonly body?: Record<string, unknown>
  readonly errcode?: number
}

/** The least of a robot's program: what a test says is what goes over the connection. */
export interface BotClient extends AsyncDisposable {
  readonly socket: WebSocket
  /** Sends a frame. @returns the answer with its `req_id` */
  ask(cmd: string, body?: unknown, reqId?: string): Promise<Frame>
  /** The next frame that WeCom sends of its own accord. */
  heard(): Promise<Frame>
}

export const SIM_BOT = { bot_id: "sim-bot", secret: "sim-bot-secret" }

/** @param bot null: no sign-in */
export async function botClient(sim: Simulator, bot: object | null = SIM_BOT): Promise<BotClient> {
  const socket = new WebSocket(`${sim.url.replace("http", "ws")}/_bot`)
  const waiting = new Map<string, (frame: Frame) => void>()
  const told: Frame[] = []
  let hear: ((frame: Frame) => void) | undefined
  socket.on("message", (data: Buffer) => {
    const frame = JSON.parse(data.toString("utf8")) as Frame
    const answered = frame.cmd === undefined ? waiting.get(frame.headers.req_id) : undefined
    if (answered !== undefined) return answered(frame)
    if (hear === undefined) told.push(frame)
    else hear(frame)
    hear = undefined
  })
  await once(socket, "open")
  let count = 0
  const client: BotClient = {
    socket,
    ask: (cmd, body, reqId = `${cmd}_${++count}`) => {
      const { promise, resolve } = Promise.withResolvers<Frame>()
      waiting.set(reqId, resolve)
      socket.send(JSON.stringify({ cmd, headers: { req_id: reqId }, body }))
      return promise
    },
    heard: () => {
      const first = told.shift()
      if (first !== undefined) return Promise.resolve(first)
      const { promise, resolve } = Promise.withResolvers<Frame>()
      hear = resolve
      return promise
    },
    [Symbol.asyncDispose]: async () => {
      const closed = socket.readyState === WebSocket.CLOSED ? undefined : once(socket, "close")
      socket.terminate()
      await closed
    },
  }
  if (bot !== null) await client.ask("aibot_subscribe", bot)
  return client
}
