import type { Context } from "../context.ts"
import { say } from "../texts.ts"
import type { TextKey } from "../texts.ts"

export interface Advance {
  readonly stage: "look_up" | "upload" | "send" | "wait"
  readonly done: number
  readonly total: number
}

const lines = {
  look_up: "progressLookUp",
  upload: "progressUpload",
  send: "progressSend",
  wait: "progressWait",
} as const satisfies Record<Advance["stage"], TextKey>

/** Shorter sends end before anybody wonders. */
const patienceMs = 1000
const lineEveryMs = 10_000

/**
 * Tells on stderr how far a long list has come: on a terminal in one line that keeps changing, else in a line every
 * ten seconds, so that a log stays readable.
 */
export class Progress {
  readonly #context: Context
  readonly #now: () => number
  readonly #startedAt: number
  #toldAt: number
  #isLineOpen = false

  /** @param now milliseconds of a clock that never goes back */
  constructor(context: Context, now: () => number = () => performance.now()) {
    this.#context = context
    this.#now = now
    this.#startedAt = now()
    this.#toldAt = this.#startedAt
  }

  update({ stage, done, total }: Advance): void {
    const { io, output, language } = this.#context
    const now = this.#now()
    if (output.quiet || now - this.#startedAt < patienceMs || done >= total) return
    const isLive = io.stderr.isTTY === true
    if (now - this.#toldAt < (isLive ? 100 : lineEveryMs)) return
    this.#toldAt = now
    const shown = stage === "upload" ? { done: megabytes(done), total: megabytes(total) } : { done, total }
    const line = say(language, lines[stage], shown)
    io.stderr.write(isLive ? `\r\u001B[K${line}` : `${line}\n`)
    this.#isLineOpen = isLive
  }

  end(): void {
    if (this.#isLineOpen) this.#context.io.stderr.write("\r\u001B[K")
    this.#isLineOpen = false
  }
}

function megabytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1)
}
