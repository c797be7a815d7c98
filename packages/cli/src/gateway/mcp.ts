import { Readable, Writable } from "node:stream"
import type { Language } from "@wecom-push/protocol"
import type { DoorAnswer, DoorQuestion } from "@wecom-push/gateway/mcp"
import type { Context, Outcome } from "../context.ts"
import { codeOfSignal } from "../ending.ts"
import { exitCode } from "../exit-code.ts"
import type { GatewayFlags } from "../flags.ts"
import type { Io } from "../io.ts"
import { requireAccess } from "./access.ts"
import { GatewayClient } from "./client.ts"
import { say } from "./texts.ts"

/**
 * Serves a client of the Model Context Protocol over standard input and output, with the rights of one key of a
 * gateway. Standard output has only lines of the protocol; everything else goes to standard error.
 */
export async function mcp(flags: GatewayFlags, context: Context): Outcome {
  const { io, language, output } = context
  const access = await requireAccess(flags, context)
  using client = new GatewayClient(access, context)
  const { MCP_USER_AGENT, serveOverStdio } = await import("@wecom-push/gateway/mcp")
  output.note(say(language, "mcpServing", { url: access.url }))
  const interruption = io.interruption()
  const lost = io.delivery?.lost
  const signal = lost === undefined ? interruption : AbortSignal.any([interruption, lost])
  await serveOverStdio({
    door: {
      ask: async (question) => withOwnHint(await ask(client, question, MCP_USER_AGENT), language),
      events: async (after, signal) => ({ text: await follow(client, { after, signal }, MCP_USER_AGENT) }),
    },
    language,
    key: access.key,
    input: Readable.from(io.stdin, { objectMode: false }),
    output: lineByLine(io),
    // The library's own message for it lists all that a message might have been.
    onError: (error) => output.warn("issues" in error ? say(language, "mcpNotAMessage") : error.message),
    signal,
  })
  if (!signal.aborted) return exitCode.ok
  const code = interruption.aborted ? codeOfSignal(io.stoppedBy?.()) : exitCode.ok
  await io.delivery?.settled()
  // Exits explicitly, because a read of standard input cannot be cancelled, and the client keeps it open.
  io.exit?.(code)
  return code
}

async function ask(
  client: GatewayClient,
  { method, path, body, idempotencyKey }: DoorQuestion,
  userAgent: string,
): Promise<DoorAnswer> {
  const answer = await client.answer({
    method,
    path,
    ...(body === undefined ? {} : { body }),
    headers: {
      "user-agent": userAgent,
      ...(idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey }),
    },
  })
  return {
    status: answer.status,
    body: readJson(answer.body),
    isReplayed: answer.headers["idempotent-replayed"] === "true",
  }
}

/** The gateway's hint about a refused key is for programs that write requests. */
function withOwnHint(answer: DoorAnswer, language: Language): DoorAnswer {
  if (answer.status !== 401 || typeof answer.body !== "object") return answer
  return { ...answer, body: { ...answer.body, hint: say(language, "keyRefusedHint") } }
}

async function follow(
  client: GatewayClient,
  { after, signal }: { readonly after: string | undefined; readonly signal: AbortSignal },
  userAgent: string,
): Promise<AsyncGenerator<string>> {
  const stream = await client.stream({
    path: "/v1/events",
    headers: {
      "user-agent": userAgent,
      accept: "text/event-stream",
      ...(after === undefined ? {} : { "last-event-id": after }),
    },
    signal,
  })
  return untilAborted(stream, signal)
}

async function* untilAborted(stream: AsyncIterable<string>, signal: AbortSignal): AsyncGenerator<string> {
  try {
    yield* stream
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function lineByLine({ stdout }: Io): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      stdout.write(chunk.toString("utf8"))
      done()
    },
  })
}
