import { MAX_ANSWER_BYTES, TransportFault } from "./transport.ts"
import type { Transport, TransportRequest, TransportResponse } from "./transport.ts"
import { abortFault, failedBeforeSending, faultOf } from "./transport/classify-failure.ts"
import type { Phase } from "./transport/classify-failure.ts"

/**
 * For runtimes without Node's sockets. `fetch` does not tell how far a request came, so whatever fails may have
 * arrived, except where the runtime names a cause that rules it out (connection refused, unknown name, certificate).
 */
export function fetchTransport(fetch: typeof globalThis.fetch = globalThis.fetch): Transport {
  return {
    request: (request) => exchange(fetch, request),
    close: () => Promise.resolve(),
  }
}

async function exchange(fetch: typeof globalThis.fetch, request: TransportRequest): Promise<TransportResponse> {
  const { url, signal, method, headers, body } = request
  if (signal.aborted) throw abortFault(signal, "connecting", url)
  let phase: Phase = "sent"
  try {
    const response = await fetch(url, {
      method,
      headers: { ...headers, "accept-encoding": "identity" },
      ...(body === undefined ? {} : { body }),
      redirect: "manual",
      signal,
    })
    // Browsers hide what kind of redirect it was.
    if (response.type === "opaqueredirect") return { status: 302, contentType: "", body: "" }
    phase = "answering"
    return {
      status: response.status,
      contentType: response.headers.get("content-type") ?? "",
      body: await readText(response, url),
    }
  } catch (error) {
    if (error instanceof TransportFault) throw error
    if (signal.aborted) throw abortFault(signal, phase, url)
    if (phase === "sent" && failedBeforeSending(error)) throw faultOf(error, "connecting", url)
    throw faultOf(error, phase, url)
  }
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
