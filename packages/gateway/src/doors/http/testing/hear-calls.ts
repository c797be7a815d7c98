import { channel } from "node:diagnostics_channel"
import type { IncomingHttpHeaders, IncomingMessage } from "node:http"

export interface HeardCalls extends Disposable {
  /** Headers of the calls of one path, in their order. */
  of(path: string): readonly IncomingHttpHeaders[]
}

/** The simulator runs in this process, so that Node's own channels show the requests that come to it. */
export function hearCalls({ simulator }: { readonly simulator: { readonly url: string } }): HeardCalls {
  const { host } = new URL(simulator.url)
  const heard: IncomingMessage[] = []
  const hear = (message: unknown): void => {
    const { request } = message as { readonly request: IncomingMessage }
    if (request.headers.host === host) heard.push(request)
  }
  const requests = channel("http.server.request.start")
  requests.subscribe(hear)
  return {
    of: (path) => heard.filter(({ url }) => url?.startsWith(`/cgi-bin/${path}?`)).map(({ headers }) => headers),
    [Symbol.dispose]: () => {
      requests.unsubscribe(hear)
    },
  }
}
