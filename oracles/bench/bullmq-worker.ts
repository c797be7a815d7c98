// BullMQ's worker with undici, as a careful programmer combines them: each job is one call to WeCom, and its outcome is
// stored with the job. For each order it processes the requested number of jobs.
import { Queue, Worker } from "bullmq"
import { Redis } from "ioredis"
import { rawPoolSender } from "../../bench/lib/raw-pool.ts"

const [socket = "", wecomPort = ""] = process.argv.slice(2)
const NAME = "drain"
const connect = (): Redis => new Redis(socket, { maxRetriesPerRequest: null })

const queue = new Queue(NAME, { connection: connect() })
const sender = rawPoolSender(Number(wecomPort))
const worker = new Worker(NAME, async ({ data }: { data: { touser: string; content: string } }) => sender.send(data), {
  connection: connect(),
  concurrency: 50,
  autorun: false,
})
worker.on("failed", (_job, error) => {
  throw error
})
await queue.waitUntilReady()
await worker.waitUntilReady()

let left = Infinity
worker.on("completed", () => {
  left--
  if (left === 0) process.send?.({ sentAt: Date.now() })
})
let isRunning = false
process.on("message", ({ count }: { count: number }) => void drain(count))
process.on("disconnect", () => process.exit(1))
process.send?.({ port: Number(wecomPort) })

async function drain(count: number): Promise<void> {
  if (isRunning) await worker.pause()
  const jobs = Array.from({ length: count }, (_, n) => ({
    name: "message",
    data: { touser: `member-${n}`, content: `你好 ${n}` },
  }))
  await queue.addBulk(jobs)
  left = count
  process.send?.({ startedAt: Date.now() })
  if (isRunning) await worker.resume()
  else void worker.run()
  isRunning = true
}
