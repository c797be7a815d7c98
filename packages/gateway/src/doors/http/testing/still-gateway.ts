import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import type { ChildProcess } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { setTimeout as sleep } from "node:timers/promises"
import { request } from "./start-gateway.ts"
import type { Several } from "./start-several.ts"

const CHILD = join(import.meta.dirname, "children/still-gateway.ts")
/** The message at which the gateway is paused. */
export const AT_WORK = { app: "alerts", to: { users: ["zhangsan"] }, msgtype: "text", text: { content: "once" } }

/** A gateway in a process of its own, so that only this gateway is paused. */
export class StillGateway implements AsyncDisposable {
  readonly process: ChildProcess
  readonly #lines: AsyncIterator<string>
  #url = ""

  get url(): string {
    return this.#url
  }

  static async start({ url, simulator }: Several, ...point: readonly string[]): Promise<StillGateway> {
    const still = new StillGateway([url, simulator.url, ...point])
    still.#url = await still.#next()
    return still
  }

  private constructor(words: readonly string[]) {
    const command = ["--conditions=wecom-push-source", CHILD, ...words]
    this.process = spawn(process.execPath, command, { stdio: ["ignore", "pipe", "inherit"] })
    assert.ok(this.process.stdout !== null)
    this.#lines = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]()
  }

  /** @returns the id of the message at which it is paused now */
  async standsWith(body: object): Promise<string> {
    const { status, json, text } = await request(`${this.#url}/v1/messages`, { body })
    assert.equal(status, 202, text)
    assert.equal(await this.#next(), "still")
    return json.id
  }

  /** Pauses the gateway at a message, and waits until another gateway, started for that, has sent the message. */
  async standsUntilSent(several: Several): Promise<void> {
    const id = await this.standsWith(AT_WORK)
    assert.deepEqual(await several.calls("/message/send"), [])
    await several.start()
    await several.until(0, id, "sent")
  }

  /** Waits until the gateway takes requests again, and has had time for the work it was paused in. */
  async isSeenToResume(): Promise<void> {
    while ((await request(`${this.#url}/readyz`)).status !== 200) await sleep(50)
    await sleep(2000)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.process.signalCode !== null) return
    const ended = once(this.process, "exit")
    this.process.kill("SIGKILL")
    await ended
  }

  async #next(): Promise<string> {
    const { value, done } = await this.#lines.next()
    if (done === true) throw new Error("it has ended")
    return value
  }
}
