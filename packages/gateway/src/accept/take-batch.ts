import { setImmediate as immediate } from "node:timers/promises"
import { LARGE_BODY_BYTES } from "./large-body-reader.ts"
import type { LargeBodyReader, PreparedItem } from "./large-body-reader.ts"
import { prepareMessage } from "./prepare.ts"
import type { KindsOfApps } from "./prepare.ts"
import { bodyTooLarge } from "../problems/body-too-large.ts"
import { Problem } from "../problems/problem.ts"
import { readArray } from "./read-array.ts"
import { readJson } from "./read-json.ts"

export interface BatchOptions {
  /** Milliseconds since 1970, called for every group. */
  readonly now: () => number
  readonly limitBytes: number
  readonly largeBodies: LargeBodyReader
  /** The client that sent the batch. */
  readonly client: string
  /** As in `AppDirectory`. */
  readonly kinds?: KindsOfApps | undefined
  /** Returns whether there is memory for this many bytes of a line that has not ended yet. */
  readonly hold: (bytes: number) => boolean
}

/**
 * The messages of an array, group by group. The whole array is read first, so that a broken array is refused before anything
 * is accepted; a broken message fails alone.
 * @throws {Problem} if the array cannot be read
 */
export async function* messagesOfArray(
  bytes: Uint8Array,
  { now, largeBodies, client, kinds }: BatchOptions,
): AsyncGenerator<readonly PreparedItem[]> {
  const options = { now: now(), idempotencyKey: undefined, inBatch: true, kinds }
  if (bytes.length >= LARGE_BODY_BYTES) {
    yield* largeBodies.prepareArray(bytes, options, client)
    return
  }
  const group = new Group()
  for (const body of readArray(readJson(bytes))) {
    group.add(await orProblem(() => prepareMessage(body, { ...options, now: now() })))
    if (group.isFull) {
      yield group.take()
      await immediate()
    }
  }
  if (group.isStarted) yield group.take()
}

/** The messages of a stream with one on each line, as they arrive. A line that cannot be read fails alone. */
export async function* messagesOfLines(
  stream: AsyncIterable<Buffer>,
  options: BatchOptions,
): AsyncGenerator<readonly PreparedItem[]> {
  const { now, limitBytes, largeBodies, client, kinds, hold } = options
  const group = new Group()
  let rest: Buffer[] = []
  let kept = 0
  let received = 0

  const prepareLine = (line: Buffer): Promise<PreparedItem> =>
    orProblem(() => {
      const one = { now: now(), idempotencyKey: undefined, inBatch: true, kinds }
      return line.length >= LARGE_BODY_BYTES
        ? largeBodies.prepare(line, one, client)
        : prepareMessage(readJson(line), one)
    })

  for await (const piece of stream) {
    received += piece.length
    if (received > limitBytes) {
      group.add(bodyTooLarge(limitBytes))
      yield group.take()
      return
    }
    let start = kept === 0 ? behindBlanks(piece, 0) : 0
    for (let end = piece.indexOf(LINE_FEED); end >= 0; end = piece.indexOf(LINE_FEED, start)) {
      const line = join(rest, piece.subarray(start, end))
      rest = []
      kept = 0
      start = behindBlanks(piece, end + 1)
      if (isBlank(line)) continue
      group.add(await prepareLine(line))
      if (group.isFull) yield group.take()
    }
    if (start < piece.length) {
      rest.push(piece.subarray(start))
      kept += piece.length - start
    }
    if (!hold(kept)) {
      group.add(new Problem("too_busy"))
      yield group.take()
      return
    }
    if (group.isStarted) yield group.take()
  }
  const last = join(rest, NOTHING)
  if (!isBlank(last)) yield [await prepareLine(last)]
}

/** As many messages as share a commit, and can be prepared without delaying others. */
class Group {
  #items: PreparedItem[] = []
  #since = 0

  add(item: PreparedItem): void {
    if (this.#items.length === 0) this.#since = performance.now()
    this.#items.push(item)
  }

  get isStarted(): boolean {
    return this.#items.length > 0
  }

  get isFull(): boolean {
    return this.#items.length >= GROUP_SIZE || (this.isStarted && performance.now() - this.#since > GROUP_MS)
  }

  take(): readonly PreparedItem[] {
    const items = this.#items
    this.#items = []
    return items
  }
}

const GROUP_SIZE = 100
const GROUP_MS = 10
const LINE_FEED = 0x0a
const NOTHING = Buffer.alloc(0)

/**
 * Skips blank lines and the indentation of the next line: handled as lines of their own they would cost ten times as much.
 */
function behindBlanks(piece: Buffer, start: number): number {
  let at = start
  while (BLANKS.has(piece[at] ?? -1)) at++
  return at
}

/** The whitespace that JSON allows between its parts. */
const BLANKS: ReadonlySet<number> = new Set([0x09, LINE_FEED, 0x0d, 0x20])

function join(rest: readonly Buffer[], end: Buffer): Buffer {
  return rest.length === 0 ? end : Buffer.concat([...rest, end])
}

function isBlank(line: Buffer): boolean {
  return line.length < MAX_BLANK_LENGTH && line.toString("latin1").trim() === ""
}

/** A carriage return and some indentation; a longer line is parsed before it counts as blank. */
const MAX_BLANK_LENGTH = 64

async function orProblem(prepare: () => Promise<PreparedItem>): Promise<PreparedItem> {
  try {
    return await prepare()
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
}
