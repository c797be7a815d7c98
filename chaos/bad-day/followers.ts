import { setTimeout as sleep } from "node:timers/promises"

/** Programs that follow events all day. When a connection ends, they reconnect and name the last event that they got. */
export class Followers implements AsyncDisposable {
  readonly #adminKey: string
  readonly #gatewayUrl: () => string | undefined
  readonly #ending = new AbortController()
  /** The event ids that each follower got, from one reset to the next. */
  readonly #heard: number[][][]
  readonly #following: Promise<void>[]

  /** @param gatewayUrl where a gateway is now; undefined while there is none */
  constructor(count: number, adminKey: string, gatewayUrl: () => string | undefined) {
    this.#adminKey = adminKey
    this.#gatewayUrl = gatewayUrl
    this.#heard = Array.from({ length: count }, () => [[]])
    this.#following = this.#heard.map((spans) => this.#follow(spans))
  }

  /** The ids that each follower got, from one reset to the next. Waits a while until all have got the last of `there`. */
  async heard(there: readonly number[]): Promise<readonly (readonly (readonly number[])[])[]> {
    const last = there.at(-1) ?? 0
    for (const end = performance.now() + LONGEST_DELAY_MS; performance.now() < end;) {
      if (this.#heard.every((spans) => (spans.at(-1)?.at(-1) ?? 0) >= last)) break
      await sleep(50)
    }
    // Later events do not count.
    return this.#heard.map((spans) => spans.map((ids) => ids.filter((id) => id <= last)))
  }

  async #follow(spans: number[][]): Promise<void> {
    while (!this.#ending.signal.aborted) {
      const url = this.#gatewayUrl()
      if (url !== undefined) await readEvents(url, this.#adminKey, spans, this.#ending.signal)
      await sleep(AGAIN_MS, undefined, { signal: this.#ending.signal }).catch(() => undefined)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort()
    await Promise.all(this.#following)
  }
}

/** The ids of all events that exist. Resolves once no event has come for a while. */
export async function allEvents(url: string, adminKey: string): Promise<readonly number[]> {
  const ids: number[] = []
  const spans = [ids]
  const ending = new AbortController()
  const reading = readEvents(url, adminKey, spans, ending.signal)
  for (let before = -1; ids.length > before; await sleep(QUIET_MS)) before = ids.length
  ending.abort()
  await reading
  return ids
}

/** Reads from the last event in `spans` until the connection ends; each reset begins a new span. */
async function readEvents(url: string, adminKey: string, spans: number[][], signal: AbortSignal): Promise<void> {
  const headers = { authorization: `Bearer ${adminKey}`, "last-event-id": String(spans.at(-1)?.at(-1) ?? 0) }
  try {
    const { body, ok } = await fetch(`${url}/v1/events`, { headers, signal })
    if (!ok) {
      await body?.cancel()
      return
    }
    let text = ""
    for await (const piece of body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const blocks = (text + piece).split("\n\n")
      text = blocks.pop() ?? ""
      // The first block names the place where the stream begins, and is no event.
      for (const block of blocks) {
        const [, id] = /^id: (\d+)$/m.exec(block) ?? []
        if (/^event: reset$/m.test(block)) spans.push([])
        else if (id !== undefined && block.includes("\ndata: ")) spans.at(-1)?.push(Number(id))
      }
    }
  } catch {
    // The caller connects again.
  }
}

const AGAIN_MS = 500
const QUIET_MS = 1500
const LONGEST_DELAY_MS = 10_000
