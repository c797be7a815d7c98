import type { Language } from "@wecom-push/protocol"
import type { ApiDownload } from "../api.ts"
import { abortedError, faultError, idleDownloadError } from "../make-error.ts"
import { endOf } from "../shared-work/shared-task.ts"
import { clampTimerMs } from "../timer.ts"
import { MAX_ANSWER_BYTES, TransportFault } from "../transport.ts"
import type { TransportDownload } from "../transport.ts"
import type { WeComError } from "../wecom-error.ts"
import { AttemptLimit } from "./attempt-limit.ts"
import { asFault, faultMet, readReply, report, transportRequest, tryMs } from "./exchange.ts"
import type { Exchanged, ExchangeRequest, Wire } from "./exchange.ts"

export type ExchangedBytes = Exchanged | { readonly kind: "bytes"; readonly download: ApiDownload }

/** One try of a call that answers with bytes. WeCom answers a refusal as JSON instead. */
export async function exchangeBytes(wire: Wire, request: ExchangeRequest, language: Language): Promise<ExchangedBytes> {
  const { api, attempt } = request
  wire.hooks.onRequest({ api, attempt })
  const startedAt = performance.now()
  const limit = new AttemptLimit(request.signal)
  // A download does not show when it has its connection, so waiting for it counts.
  limit.allow(tryMs(wire, request))
  const exchanged = await tryOnce(wire, request, limit)
  const durationMs = performance.now() - startedAt
  if (exchanged.kind !== "bytes") {
    limit.release()
    report(wire, request, exchanged, durationMs)
    return exchanged
  }
  wire.hooks.onAnswer({ api, attempt, errcode: 0, errmsg: "ok", durationMs })
  const { download } = exchanged
  return { kind: "bytes", download: { ...download, body: watched(download.body, { wire, request, limit, language }) } }
}

async function tryOnce(wire: Wire, request: ExchangeRequest, limit: AttemptLimit): Promise<ExchangedBytes> {
  try {
    const download = await wire.transport.download({ ...transportRequest(request), signal: limit.signal })
    if (isFile(download)) return { kind: "bytes", download }
    const { status, headers } = download
    return readReply(wire, status, headers["content-type"] ?? "", await textOf(download, request.url))
  } catch (error) {
    return faultMet(error, request)
  } finally {
    limit.rest()
  }
}

/**
 * An answer with a name (`Content-disposition`) is a file, even a JSON file; without a name only what is neither JSON
 * nor a page.
 */
function isFile({ status, headers }: TransportDownload): boolean {
  if (status !== 200 && status !== 206) return false
  return (
    headers["content-disposition"] !== undefined ||
    !/^(?:application\/json|text\/)|^$/i.test(headers["content-type"] ?? "")
  )
}

async function textOf({ body }: TransportDownload, url: URL): Promise<string> {
  const decoder = new TextDecoder()
  let receivedBytes = 0
  let text = ""
  for await (const chunk of body) {
    receivedBytes += chunk.byteLength
    // Leaving the loop cancels the stream.
    if (receivedBytes > MAX_ANSWER_BYTES) throw new TransportFault("too_large", true, { host: url.host })
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

interface Watch {
  readonly wire: Wire
  readonly request: ExchangeRequest
  readonly limit: AttemptLimit
  readonly language: Language
}

/**
 * A piece may take as long as a whole try; the time that its reader takes is not counted. But a reader that does not
 * come back loses its connection, since there are few.
 */
function watched(body: ReadableStream<Uint8Array>, watch: Watch): ReadableStream<Uint8Array> {
  const { limit, wire } = watch
  const reader = body.getReader()
  let idle: ReturnType<typeof setTimeout> | undefined
  const awaitReader = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
    if (wire.downloadIdleMs === Infinity) return
    const onIdle = (): void => {
      limit.release()
      controller.error(
        idleDownloadError({ idleMs: wire.downloadIdleMs, api: watch.request.api, language: watch.language }),
      )
      void reader.cancel().catch(() => undefined)
    }
    idle = setTimeout(onIdle, clampTimerMs(wire.downloadIdleMs))
    // The timer of a download that was aborted or cut must not keep the process running; runtimes other than Node
    // return a number.
    if (typeof idle === "object") idle.unref()
  }
  return new ReadableStream<Uint8Array>(
    {
      start: awaitReader,
      async pull(controller) {
        clearTimeout(idle)
        limit.allow(wire.attemptTimeoutMs)
        try {
          const { done, value } = await reader.read()
          limit.rest()
          if (value !== undefined) controller.enqueue(value)
          if (!done) return awaitReader(controller)
          controller.close()
          limit.release()
        } catch (error) {
          limit.release()
          controller.error(brokenDownload(error, watch))
        }
      },
      cancel(reason) {
        clearTimeout(idle)
        limit.release()
        return reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
}

function brokenDownload(error: unknown, { request, language }: Watch): WeComError {
  const { api, signal, url } = request
  if (signal?.aborted === true && endOf(signal) === "aborted")
    return abortedError({ api, language, mayHaveArrived: false })
  return faultError(asFault(error, url), { api, language, code: "unreachable" })
}
