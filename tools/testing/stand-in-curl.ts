// The part of curl that the documents use, for machines without it: node tools/testing/stand-in-curl.ts URL OPTIONS
import { once } from "node:events"
import { createWriteStream, openAsBlob } from "node:fs"
import { request } from "node:http"
import type { IncomingMessage } from "node:http"
import { basename, extname } from "node:path"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { parseArgs } from "node:util"

/** Exit codes of curl. */
const CANNOT_CONNECT = 7
const CANNOT_WRITE = 23
const TOO_LATE = 28

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    silent: { type: "boolean", short: "s" },
    "show-error": { type: "boolean", short: "S" },
    request: { type: "string", short: "X" },
    header: { type: "string", short: "H", multiple: true, default: [] },
    data: { type: "string", short: "d" },
    form: { type: "string", short: "F", multiple: true },
    "dump-header": { type: "string", short: "D" },
    output: { type: "string", short: "o", default: "-" },
    "write-out": { type: "string", short: "w", default: "" },
    "max-time": { type: "string" },
  },
})
const { "max-time": most, "dump-header": headers } = values
const signal = most === undefined ? undefined : AbortSignal.timeout(Number(most) * 1000)

try {
  const answer = await ask(positionals[0] ?? "", await bodyOf(values))
  if (headers !== undefined) {
    const lines = [`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}`]
    for (let n = 0; n < answer.rawHeaders.length; n += 2) lines.push(answer.rawHeaders.slice(n, n + 2).join(": "))
    await write(headers, [`${lines.join("\r\n")}\r\n\r\n`])
  }
  await write(values.output, answer)
  await write("-", [values["write-out"].replaceAll("\\n", "\n")])
} catch (error) {
  process.exitCode = codeOf(error)
}

interface Body {
  readonly type: string
  readonly bytes: Uint8Array
}

async function bodyOf({ data, form }: { data?: string; form?: string[] }): Promise<Body | undefined> {
  if (form !== undefined) {
    const whole = new Response(await formOf(form))
    return { type: whole.headers.get("content-type") ?? "", bytes: new Uint8Array(await whole.arrayBuffer()) }
  }
  if (data === undefined) return undefined
  return { type: "application/x-www-form-urlencoded", bytes: Buffer.from(data) }
}

async function ask(url: string, body: Body | undefined): Promise<IncomingMessage> {
  const outgoing = request(url, {
    method: values.request ?? (body === undefined ? "GET" : "POST"),
    agent: false,
    ...(signal !== undefined && { signal }),
  })
  outgoing.setHeader("accept", "*/*")
  if (body !== undefined) outgoing.setHeader("content-type", body.type)
  for (const line of values.header) {
    const [name = "", value = ""] = line.split(/:\s*(.*)/s)
    outgoing.setHeader(name, value)
  }
  outgoing.end(body?.bytes)
  const [answer] = (await once(outgoing, "response")) as [IncomingMessage]
  return answer
}

async function formOf(fields: readonly string[]): Promise<FormData> {
  const form = new FormData()
  for (const field of fields) {
    const [name = "", value = ""] = field.split(/=(.*)/s)
    if (value.startsWith("@")) form.set(name, await fileAt(value.slice(1)), basename(value.slice(1)))
    else form.set(name, value)
  }
  return form
}

/** curl knows more file types by their names, but the documents use only this one. */
function fileAt(path: string): Promise<Blob> {
  return openAsBlob(path, { type: extname(path) === ".txt" ? "text/plain" : "application/octet-stream" })
}

/** Writes to a file, or to standard output. */
async function write(to: string, pieces: AsyncIterable<Uint8Array> | Iterable<string>): Promise<void> {
  if (to === "-") await pipeline(Readable.from(pieces), process.stdout, { end: false })
  else await pipeline(Readable.from(pieces), createWriteStream(to))
}

function codeOf(error: unknown): number {
  if (signal?.aborted) return TOO_LATE
  return error instanceof Error && "code" in error && error.code === "EPIPE" ? CANNOT_WRITE : CANNOT_CONNECT
}
