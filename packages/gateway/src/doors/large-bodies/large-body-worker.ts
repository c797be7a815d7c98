import { parentPort, workerData } from "node:worker_threads"
import { CompatRequest } from "../compat/compat-request.ts"
import { Refusal } from "../compat/refusal.ts"
import { readSend } from "../compat/send/read-send.ts"
import type { PlainRefusal, SendRead, SendReading } from "../compat/send/read-send.ts"
import { READY } from "../../threads/worker-thread.ts"
import { Breath } from "../../accept/breath.ts"
import type { Order, PackedItem, PackedMessage, Reply, WorkerData } from "./thread-messages.ts"
import { ChunkPress, PackedChunks } from "../../accept/packed-chunks.ts"
import type { ChunkBytes } from "../../accept/packed-chunks.ts"
import { prepareMessage } from "../../accept/prepare.ts"
import type { PreparedMessage, PrepareOptions } from "../../accept/prepare.ts"
import { Problem, toPlain } from "../../problems/problem.ts"
import { readMessage } from "../../accept/read-message.ts"
import { readGroup, splitArray } from "../../accept/split-array.ts"

/**
 * The thread in which large bodies are read and checked, since other requests cannot wait that long. It works on all its
 * bodies in turns, so that a short body does not wait for the end of a long one.
 */
if (parentPort === null) throw new Error("this module runs in a worker thread")
const port = parentPort
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- given by `LargeBodies`
const { beats } = workerData as WorkerData

/** Shared by all work, so that all of it together does not hold the thread for longer. */
const breath = new Breath(20)

const BEAT_MS = 500
setInterval(() => Atomics.add(beats, 0, 1), BEAT_MS).unref()

port.on("message", (order: Order) => {
  // oxlint-disable-next-line promise/prefer-await-to-then -- an event handler awaits nothing
  void perform(order).catch((error: unknown) => {
    const { job } = order
    if (error instanceof Problem) port.postMessage({ job, kind: "refused", problem: toPlain(error) } satisfies Reply)
    else port.postMessage({ job, kind: "failed", error } satisfies Reply)
  })
})

port.postMessage(READY)

async function perform(order: Order): Promise<void> {
  const { job, bytes } = order
  switch (order.kind) {
    case "message": {
      const item = pack(await prepareMessage(readMessage(bytes), order.options, breath))
      post({ job, kind: "item", item }, [item])
      break
    }
    case "split":
      post({ job, kind: "split", bytes, groups: await splitArray(bytes, breath) }, [])
      break
    case "items": {
      const items: PackedItem[] = []
      for (const body of readGroup(bytes, order.group)) items.push(await prepareItem(body, order.options))
      post({ job, kind: "items", bytes, items }, items)
      break
    }
    case "send":
      post({ job, kind: "send", read: readOrRefusal(bytes, order.reading) }, [])
      break
  }
}

async function prepareItem(body: unknown, options: PrepareOptions): Promise<PackedItem> {
  try {
    await breath.take()
    return pack(await prepareMessage(body, options, breath))
  } catch (error) {
    if (error instanceof Problem) return { problem: toPlain(error) }
    throw error
  }
}

function readOrRefusal(raw: Uint8Array, reading: SendReading): SendRead | PlainRefusal {
  try {
    return readSend(new CompatRequest({ verb: "POST", query: {}, raw, peer: undefined }), reading)
  } catch (error) {
    if (error instanceof Refusal) return { errcode: error.errcode, explanation: error.explanation }
    throw error
  }
}

function pack({ chunks, ...message }: PreparedMessage): PackedMessage {
  return { message, chunks: chunks instanceof PackedChunks ? chunks.packed : pressed(chunks) }
}

function pressed(chunks: PreparedMessage["chunks"]): ChunkBytes {
  const press = new ChunkPress(EXPECTED_BYTES)
  for (const chunk of chunks) press.add(chunk)
  return press.take()
}

/** The bytes of a short message. */
const EXPECTED_BYTES = 1024

function post(reply: Reply, items: readonly PackedItem[]): void {
  const moved = items.flatMap((item) => ("chunks" in item ? [item.chunks.bytes] : []))
  if ("bytes" in reply && reply.bytes.buffer instanceof ArrayBuffer) moved.push(reply.bytes.buffer)
  port.postMessage(reply, moved)
}
