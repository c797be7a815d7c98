import { Queue } from "bullmq"
import { Redis } from "ioredis"
import { prepareMessage } from "../../packages/gateway/src/accept/prepare.ts"
import { readJson } from "../../packages/gateway/src/accept/read-json.ts"
import type { App } from "../../packages/gateway/src/doors/kit/app.ts"

export const BULLMQ_QUEUE = "bench"

/**
 * `POST /bench/bullmq` reads and checks the message as the gateway does, puts it into a queue, and answers once Redis has
 * it. `POST /bench/bullmq-unchecked` only parses it before.
 */
export function bullmqRoutes(app: App, redisSocket: string): void {
  const connection = new Redis(redisSocket, { maxRetriesPerRequest: null })
  const queue = new Queue(BULLMQ_QUEUE, { connection })
  const options = { config: { scopes: ["send"], takesBytes: true }, schema: { hide: true } } as const
  app.post("/bench/bullmq", options, async (request, reply) => {
    const prepared = await prepareMessage(readJson(request.body as Buffer), {
      now: Date.now(),
      idempotencyKey: undefined,
      inBatch: false,
    })
    const job = await queue.add("message", { ...prepared, chunks: [...prepared.chunks] })
    reply.code(202)
    return { id: job.id }
  })
  app.post("/bench/bullmq-unchecked", options, async (request, reply) => {
    const job = await queue.add("message", JSON.parse(String(request.body)))
    reply.code(202)
    return { id: job.id }
  })
  app.addHook("onClose", async () => {
    await queue.close()
    connection.disconnect()
  })
}
