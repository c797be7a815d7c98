import type { SendWait } from "@wecom-push/sdk"
import type { Context } from "../context.ts"
import { say } from "../texts.ts"
import type { TextKey } from "../texts.ts"
import { waitSentence } from "./wait-sentence.ts"

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

/** Shorter sends end before a user needs to see progress. */
const patienceMs = 1000
const lineEveryMs = 10_000
/** The interval after the first minute: the log of an hour must stay readable. */
const rarelyEveryMs = 60_000
const redrawEveryMs = 1000

/**
 * Shows on stderr how far a long list has come, and why it waits: on a terminal in one line that keeps changing,
 * elsewhere in a new line from time to time, so that a log stays readable.
 */
export class Progress {
  readonly #context: Context
  readonly #now: () => number
  readonly #startedAt: number
  #toldAt: number
  #isLineOpen = false
  #last: Advance | undefined
  #wait: { readonly wait: SendWait; readonly startedAt: number } | undefined
  #timer: NodeJS.Timeout | undefined

  /** @param now milliseconds of a clock that never goes back */
  constructor(context: Context, now: () => number = () => performance.now()) {
    this.#context = context
    this.#now = now
    this.#startedAt = now()
    this.#toldAt = this.#startedAt
  }

  update(advance: Advance): void {
    this.#last = advance
    this.#tell()
  }

  /** The send waits. Printed at once, and again while it lasts. */
  wait(wait: SendWait): void {
    // Within the pace a place becomes free every second or so, so only the first wait is printed; each pause by WeCom
    // is printed.
    const isNews = wait.why !== "lookup_pace" || this.#wait?.wait.why !== wait.why
    this.#wait = { wait, startedAt: this.#now() }
    this.#timer ??= setInterval(() => this.#tell(), redrawEveryMs).unref()
    this.#tell(isNews)
  }

  end(): void {
    clearInterval(this.#timer)
    if (this.#isLineOpen) this.#context.io.stderr.write("\r\u001B[K")
    this.#isLineOpen = false
  }

  #tell(isNews = false): void {
    const { io, output } = this.#context
    const now = this.#now()
    const waiting = this.#waiting(now)
    const isOver = this.#last !== undefined && this.#last.done >= this.#last.total
    if (output.quiet || now - this.#startedAt < patienceMs || (isOver && waiting === undefined)) return
    const isLive = io.stderr.isTTY === true
    if (now - this.#toldAt < this.#pauseMs(isLive, isNews, now)) return
    const line = [this.#sentence(), waiting].filter((part) => part !== undefined).join(" · ")
    if (line === "") return
    this.#toldAt = now
    io.stderr.write(isLive ? `\r\u001B[K${line}` : `${line}\n`)
    this.#isLineOpen = isLive
  }

  #pauseMs(isLive: boolean, isNews: boolean, now: number): number {
    if (isLive) return 100
    if (isNews) return 0
    return now - this.#startedAt < rarelyEveryMs ? lineEveryMs : rarelyEveryMs
  }

  #sentence(): string | undefined {
    if (this.#last === undefined) return undefined
    const { stage, done, total } = this.#last
    const shown = stage === "upload" ? { done: megabytes(done), total: megabytes(total) } : { done, total }
    return say(this.#context.language, lines[stage], shown)
  }

  #waiting(now: number): string | undefined {
    if (this.#wait === undefined) return undefined
    const { wait, startedAt } = this.#wait
    const leftMs = startedAt + wait.ms - now
    return leftMs > 0 ? waitSentence(wait, leftMs, this.#context.language) : undefined
  }
}

function megabytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1)
}
