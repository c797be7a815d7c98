import { TransportFault } from "@wecom-push/sdk"
import type { Clock } from "@wecom-push/sdk"
import type { RobotLease } from "../../model/ports/robot-lease.ts"
import { ConnectionReplaced, SignInRefused } from "@wecom-push/sdk/internals"
import type { BotConnection, FrameAnswer, IncomingFrame } from "@wecom-push/sdk/internals"

/** The reason why no frame goes out at present. */
export type LineTrouble = { readonly kind: "unreachable"; readonly fault: TransportFault } | LineRefusal

/** A refusal that lasts until an administrator does something about it. */
export type LineRefusal =
  | { readonly kind: "refused"; readonly errcode: number; readonly errmsg: string }
  /** Another program has connected with the same bot id. */
  | { readonly kind: "taken" }

/** A frame did not leave, and this is why. */
export class LineClosed extends Error {
  readonly trouble: LineTrouble

  constructor(trouble: LineTrouble) {
    super(`the robot has no connection: ${trouble.kind}`)
    this.trouble = trouble
  }
}

export interface LineDeps {
  /** The host that the robot connects to, for error messages. */
  readonly host: string
  /** @throws {TransportFault} {@link SignInRefused} {@link ConnectionReplaced} */
  open(onFrame: (frame: IncomingFrame) => void, signal: AbortSignal): Promise<BotConnection>
  /** The steady clock. */
  readonly clock: Pick<Clock, "now" | "sleep">
  /** Asked before each frame and each connection. When the lease is over, its owner ends the line. */
  readonly lease: Pick<RobotLease, "isHeld" | "confirm">
  onFrame(frame: IncomingFrame): void
  /**
   * Called with undefined when the robot is connected; and each time when another program has it or its sign-in is refused.
   */
  onState(trouble: LineRefusal | undefined): void
  readonly random: () => number
}

export interface LineRequest {
  /** The id of the frame that this one answers. */
  readonly reqId?: string
  readonly signal?: AbortSignal
}

const FIRST_WAIT_MS = 1000
const LONGEST_WAIT_MS = 60_000
const MINUTE_MS = 60_000
const LONGEST_TAKEN_MINUTES = 60
const LOOK_FOR_LEASE_MS = 500
/** How long a call waits that comes while the robot connects. */
const READY_MS = 5000

/**
 * The connection of one smart robot for as long as this gateway holds the lease. A lost connection is made again after 1, 2,
 * 4 … 60 s, or after 1, 2, 4 … 60 minutes if another program has taken the robot.
 */
export class RobotLine implements AsyncDisposable {
  readonly #deps: LineDeps
  readonly #ending = new AbortController()
  readonly #work: Promise<void>
  #connection: BotConnection | undefined
  #trouble: LineTrouble | undefined
  #onReady = Promise.withResolvers<void>()

  constructor(deps: LineDeps) {
    this.#deps = deps
    this.#work = this.#stayConnected()
  }

  /** Undefined while it is connected, or while the first try after the loss has not ended. */
  get trouble(): LineTrouble | undefined {
    return this.#connection?.isOpen === true ? undefined : this.#trouble
  }

  get isConnected(): boolean {
    return this.#connection?.isOpen === true && this.#deps.lease.isHeld
  }

  /** How many frames wait for their answers. */
  get waiting(): number {
    return this.#connection?.waiting ?? 0
  }

  /**
   * @param body JSON, which goes out as it is
   * @throws {LineClosed} nothing has left
   * @throws {TransportFault} as `BotConnection.request`
   */
  async request(cmd: string, body: string, request: LineRequest = {}): Promise<FrameAnswer> {
    if (!this.isConnected && this.#trouble === undefined) await this.#ready(request.signal)
    const connection = this.#connection
    // A node whose lease is over sends nothing more: another node may have the robot by now.
    if (connection === undefined || !this.isConnected) {
      throw new LineClosed(this.#trouble ?? { kind: "unreachable", fault: notConnected(this.#deps.host) })
    }
    return connection.request(cmd, body, request)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort()
    this.#connection?.close()
    await this.#work
  }

  async #ready(signal: AbortSignal | undefined): Promise<void> {
    const over = new AbortController()
    const limit = signal === undefined ? over.signal : AbortSignal.any([signal, over.signal])
    const late = this.#deps.clock.sleep(READY_MS, limit).catch(() => undefined)
    await Promise.race([this.#onReady.promise, late])
    over.abort()
  }

  async #stayConnected(): Promise<void> {
    const { signal } = this.#ending
    let failures = 0
    let taken = 0
    while (!signal.aborted) {
      if (!this.#deps.lease.isHeld) {
        await this.#sleep(LOOK_FOR_LEASE_MS)
        continue
      }
      const since = this.#deps.clock.now()
      const end = await this.#connectOnce()
      const takenWaitMs = Math.min(2 ** taken, LONGEST_TAKEN_MINUTES) * MINUTE_MS
      // Without the lease, another gateway of ours replaced the connection, and has the robot now.
      if (end === "replaced" && (await this.#deps.lease.confirm())) {
        // The connection lasted for longer than the wait before it: the robot was ours again.
        if (this.#deps.clock.now() - since > takenWaitMs) taken = 0
        this.#trouble = { kind: "taken" }
        this.#deps.onState(this.#trouble)
        this.#onReady.resolve()
        await this.#sleep(Math.min(2 ** taken++, LONGEST_TAKEN_MINUTES) * MINUTE_MS)
        continue
      }
      failures = end === "failed" ? failures + 1 : 1
      const waitMs = Math.min(FIRST_WAIT_MS * 2 ** (failures - 1), LONGEST_WAIT_MS)
      await this.#sleep(waitMs * (0.75 + this.#deps.random() / 4))
    }
  }

  /** Connects, and returns when the connection is over. */
  async #connectOnce(): Promise<"replaced" | "ended" | "failed"> {
    const { signal } = this.#ending
    try {
      const connection = await this.#deps.open((frame) => this.#deps.onFrame(frame), signal)
      // The line was ended before there was a connection to close.
      if (signal.aborted) {
        connection.close()
        return "ended"
      }
      this.#connection = connection
      this.#trouble = undefined
      this.#deps.onState(undefined)
      this.#onReady.resolve()
      const end = await connection.ended
      // Calls that come now wait for the next try, whose outcome is not known yet.
      this.#onReady = Promise.withResolvers<void>()
      return end === "replaced" ? "replaced" : "ended"
    } catch (error) {
      if (error instanceof ConnectionReplaced) return "replaced"
      if (error instanceof SignInRefused) {
        this.#trouble = { kind: "refused", errcode: error.errcode, errmsg: error.errmsg }
        this.#deps.onState(this.#trouble)
      } else if (error instanceof TransportFault) this.#trouble = { kind: "unreachable", fault: error }
      else throw error
      this.#onReady.resolve()
      return "failed"
    }
  }

  async #sleep(ms: number): Promise<void> {
    // An end stops the pause, which is no error.
    await this.#deps.clock.sleep(ms, this.#ending.signal).catch(() => undefined)
  }
}

/** Nothing has left. */
export function notConnected(host: string): TransportFault {
  return new TransportFault("unreachable", false, { host, code: "not connected" })
}
