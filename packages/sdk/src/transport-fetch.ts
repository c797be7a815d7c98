import { MAX_ANSWER_BYTES, TransportFault } from "./transport.ts"
import type { Transport, TransportDownload, TransportRequest, TransportResponse } from "./transport.ts"
import { abortFault, failedBeforeSending, faultOf } from "./transport/classify-failure.ts"
import { streamOf } from "./transport/body-stream.ts"
import type { Phase } from "./transport/classify-failure.ts"
import { refuseUnverified } from "./transport/refuse-unverified.ts"

/**
 * For runtimes without Node's sockets. `fetch` does not say how far a request came, so any failed request may have
 * arrived, unless the runtime names a cause that excludes it (connection refused, unknown name, certificate).
 */
export function fetchTransport(fetch: FetchByUrl = globalThis.fetch): Transport {
  return {
    request: (request) => exchange(fetch, request, readAnswer),
    download: (request) => exchange(fetch, request, takeDownload),
    close: () => Promise.resolve(),
  }
}

/** The part of `fetch` that is used here; every `fetch` has it. */
export type FetchByUrl = (url: URL, init: RequestInit) => Promise<Response>

async function exchange<Answer>(
  fetch: FetchByUrl,
  request: TransportRequest,
  take: (response: Response, request: TransportRequest) => Promise<Answer>,
): Promise<Answer> {
  const { url, signal, method, headers, body } = request
  if (signal.aborted) throw abortFault(signal, "connecting", url)
  refuseUnverified(url)
  request.onConnected?.()
  let phase: Phase = "sent"
  try {
    const response = await fetch(url, {
      method,
      headers: { ...headers, "accept-encoding": "identity" },
      ...(body === undefined ? {} : { body }),
      redirect: "manual",
      signal,
    })
    phase = "answering"
    return await take(response, request)
  } catch (error) {
    throw failureOf(error, phase, request)
  }
}

function failureOf(error: unknown, phase: Phase, { signal, url }: TransportRequest): TransportFault {
  if (error instanceof TransportFault) return error
  if (signal.aborted) return abortFault(signal, phase, url)
  return faultOf(error, phase === "sent" && failedBeforeSending(error) ? "connecting" : phase, url)
}

async function readAnswer(response: Response, { url }: TransportRequest): Promise<TransportResponse> {
  return {
    status: statusOf(response),
    contentType: response.headers.get("content-type") ?? "",
    body: await readText(response, url),
  }
}

function takeDownload(response: Response, request: TransportRequest): Promise<TransportDownload> {
  const reader = response.body?.getReader()
  const source = {
    next: async () => (await reader?.read())?.value,
    cancel: () => void reader?.cancel().catch(() => undefined),
  }
  return Promise.resolve({
    status: statusOf(response),
    headers: Object.fromEntries(response.headers),
    body: streamOf(source, (error) => failureOf(error, "answering", request)),
  })
}

/** Browsers hide the status of a redirect. */
function statusOf({ type, status }: Response): number {
  return type === "opaqueredirect" ? 302 : status
}

async function readText(response: Response, url: URL): Promise<string> {
  const decoder = new TextDecoder()
  let receivedBytes = 0
  let text = ""
  for await (const chunk of response.body ?? []) {
    receivedBytes += chunk.byteLength
    // Leaving the loop cancels the stream.
    if (receivedBytes > MAX_ANSWER_BYTES) throw new TransportFault("too_large", true, { host: url.host })
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}
