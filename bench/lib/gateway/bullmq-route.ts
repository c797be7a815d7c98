import { Queue } from "bullmq"
import { Redis } from "ioredis"
import type { App } from "../../../packages/gateway/src/http/server.ts"

export const BULLMQ_QUEUE = "bench"

/** `POST /bench/bullmq`: reads the body and puts it into a queue as it is, unchecked, answering once Redis has it. */
export function bullmqRoute(app: App, redisSocket: string): void {
  const connection = new Redis(redisSocket, { maxRetriesPerRequest: null })
  const queue = new Queue(BULLMQ_QUEUE, { connection })
  const config = { scopes: ["send"], takesBytes: true } as const
  app.post("/bench/bullmq", { config, schema: { hide: true } }, async (request, reply) => {
    const job = await queue.add("message", JSON.parse(String(request.body)))
    reply.code(202)
    return { id: job.id }
  })
  app.addHook("onClose", async () => {
    await queue.close()
    connection.disconnect()
  })
}
