import { createHash, createHmac } from "node:crypto"
import { once } from "node:events"
import { createServer } from "node:http"
import type { IncomingMessage, ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { buffer } from "node:stream/consumers"

export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/**
 * As much of S3 as a gateway uses, in this process's memory, for machines without an object store. It checks the
 * signature of each request and the digest of each body; `s3-bucket.test.ts` holds it to the answers of Ceph's gateway.
 */
export async function startOwnObjectServer(credentials: Credentials): Promise<{ readonly port: number }> {
  const buckets = new Map<string, Map<string, Buffer>>()
  const server = createServer((request, response) => {
    answer(request, { buckets, credentials }).then(
      (reply) => send(response, reply),
      // The client has left.
      () => response.destroy(),
    )
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  // Or the tests' process would wait for it.
  server.unref()
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on a port
  return { port: (server.address() as AddressInfo).port }
}

interface Store {
  readonly buckets: Map<string, Map<string, Buffer>>
  readonly credentials: Credentials
}

interface Reply {
  readonly status: number
  readonly body?: string | Buffer
  /** Length of a body that is not sent. */
  readonly length?: number
}

async function answer(request: IncomingMessage, { buckets, credentials }: Store): Promise<Reply> {
  const body = await buffer(request)
  const url = new URL(request.url ?? "/", "http://127.0.0.1")
  const refusal = signatureFault(request, url, credentials)
  if (refusal !== undefined) return refused(403, refusal)
  const declared = request.headers["x-amz-content-sha256"]
  if (declared !== UNSIGNED && declared !== sha256(body)) return refused(400, "XAmzContentSHA256Mismatch")

  const [, name = "", ...rest] = decodeURIComponent(url.pathname).split("/")
  const key = rest.join("/")
  if (key === "" && request.method === "PUT") {
    buckets.set(name, new Map())
    return { status: 200 }
  }
  const objects = buckets.get(name)
  if (objects === undefined) return refused(404, "NoSuchBucket")
  if (key === "") return list(objects, url.searchParams)
  if (request.method === "PUT") {
    objects.set(key, body)
    return { status: 200 }
  }
  if (request.method === "DELETE") {
    objects.delete(key)
    return { status: 204 }
  }
  const object = objects.get(key)
  if (object === undefined) return refused(404, "NoSuchKey")
  return request.method === "HEAD" ? { status: 200, length: object.length } : { status: 200, body: object }
}

/** In byte order of their keys. The token is the last key of the page before. */
function list(objects: ReadonlyMap<string, Buffer>, asked: URLSearchParams): Reply {
  const prefix = asked.get("prefix") ?? ""
  const after = asked.get("continuation-token") ?? ""
  const keys = [...objects.keys()]
    .filter((key) => key.startsWith(prefix) && Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0)
    .toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)))
  const page = keys.slice(0, PAGE)
  const isTruncated = page.length < keys.length
  const contents = page.map(
    (key) => `<Contents><Key>${escape(key)}</Key><Size>${objects.get(key)?.length ?? 0}</Size></Contents>`,
  )
  const next = isTruncated ? `<NextContinuationToken>${escape(page.at(-1) ?? "")}</NextContinuationToken>` : ""
  return {
    status: 200,
    body: `<ListBucketResult><IsTruncated>${isTruncated}</IsTruncated>${next}${contents.join("")}</ListBucketResult>`,
  }
}

const PAGE = 1000
const UNSIGNED = "UNSIGNED-PAYLOAD"

/** Why a request is refused, by AWS's error code: version 4 of their signature. */
function signatureFault(
  { method = "", headers }: IncomingMessage,
  url: URL,
  { accessKeyId, secretAccessKey }: Credentials,
): string | undefined {
  const parts = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/([^,]+), SignedHeaders=([^,]+), Signature=(\w+)$/
  const [, id, scope = "", signed = "", signature] = parts.exec(headers.authorization ?? "") ?? []
  if (id === undefined) return "AccessDenied"
  if (id !== accessKeyId) return "InvalidAccessKeyId"
  const query = [...url.searchParams]
    .map((pair) => pair.map(encode).join("="))
    .toSorted((one, other) => (one < other ? -1 : 1))
    .join("&")
  const named = signed.split(";").map((name) => `${name}:${String(headers[name] ?? "").trim()}\n`)
  const canonical = [method, url.pathname, query, named.join(""), signed, headers["x-amz-content-sha256"]].join("\n")
  const toSign = ["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, sha256(canonical)].join("\n")
  let key: string | Buffer = `AWS4${secretAccessKey}`
  for (const part of scope.split("/")) key = createHmac("sha256", key).update(part).digest()
  return createHmac("sha256", key).update(toSign).digest("hex") === signature ? undefined : "SignatureDoesNotMatch"
}

function refused(status: number, code: string): Reply {
  return { status, body: `<Error><Code>${code}</Code></Error>` }
}

function send(response: ServerResponse, { status, body, length }: Reply): void {
  response.writeHead(status, {
    "content-type": "application/xml",
    "content-length": length ?? Buffer.byteLength(body ?? ""),
  })
  response.end(body)
}

function sha256(content: string | Buffer): string {
  return createHash("sha256").update(content).digest("hex")
}

/** Encodes as AWS does: all characters but letters, digits and four signs. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
}
