import { parentPort } from "node:worker_threads"
import { packChunk } from "../domain/pack-chunk.ts"
import { READY } from "../threads/worker-thread.ts"
import type { Order, PackedItem, PackedMessage, Reply } from "./large-body-messages.ts"
import { prepareMessage } from "./prepare.ts"
import type { PrepareOptions } from "./prepare.ts"
import { Problem, toPlain } from "../problems/problem.ts"
import { readArray } from "./read-array.ts"
import { readJson } from "./read-json.ts"

/** The thread in which large bodies are read and checked, since that takes longer than the others may wait. */
if (parentPort === null) throw new Error("this module runs in a worker thread")
const port = parentPort

interface OpenArray {
  readonly items: readonly unknown[]
  readonly options: PrepareOptions
  next: number
}

const arrays = new Map<number, OpenArray>()

port.on("message", (order: Order) => {
  // oxlint-disable-next-line promise/prefer-await-to-then -- an event handler awaits nothing
  void perform(order).catch((error: unknown) => {
    arrays.delete(order.job)
    if (error instanceof Problem) post({ job: order.job, kind: "refused", problem: toPlain(error) })
    else post({ job: order.job, kind: "failed", error })
  })
})

port.postMessage(READY)

async function perform(order: Order): Promise<void> {
  const { job } = order
  switch (order.kind) {
    case "message":
      post({ job, kind: "item", item: pack(await prepareMessage(readJson(order.bytes), order.options)) })
      break
    case "array":
      arrays.set(job, { items: readArray(readJson(order.bytes)), options: order.options, next: 0 })
      await postNext(job)
      break
    case "next":
      await postNext(job)
      break
    case "drop":
      arrays.delete(job)
      break
  }
}

async function postNext(job: number): Promise<void> {
  const open = arrays.get(job)
  if (open === undefined) return
  const items: PackedItem[] = []
  let bytes = 0
  while (open.next < open.items.length && items.length < ITEMS_AT_ONCE && bytes < BYTES_AT_ONCE) {
    const item = await prepareItem(open.items[open.next++], open.options)
    if ("chunks" in item) bytes += item.chunks.length
    items.push(item)
  }
  const isLast = open.next >= open.items.length
  if (isLast) arrays.delete(job)
  post({ job, kind: "items", items, isLast })
}

const ITEMS_AT_ONCE = 128
const BYTES_AT_ONCE = 1024 * 1024

async function prepareItem(body: unknown, options: PrepareOptions): Promise<PackedItem> {
  try {
    return pack(await prepareMessage(body, options))
  } catch (error) {
    if (error instanceof Problem) return { problem: toPlain(error) }
    throw error
  }
}

function pack({ chunks, ...message }: Awaited<ReturnType<typeof prepareMessage>>): PackedMessage {
  const pieces: Buffer[] = []
  const ends: number[] = []
  let end = 0
  for (const chunk of chunks) {
    const piece = Buffer.from(packChunk(chunk))
    pieces.push(piece)
    ends.push((end += piece.length))
  }
  const packed = new Uint8Array(end)
  for (const [index, piece] of pieces.entries()) packed.set(piece, (ends[index] ?? 0) - piece.length)
  return { message, chunks: packed, ends }
}

function post(reply: Reply): void {
  const items = reply.kind === "item" ? [reply.item] : reply.kind === "items" ? reply.items : []
  port.postMessage(
    reply,
    items.flatMap((item) => ("chunks" in item ? [item.chunks.buffer] : [])),
  )
}
