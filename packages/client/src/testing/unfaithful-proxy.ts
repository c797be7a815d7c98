import { createServer, request as ask } from "node:http"
import type { IncomingMessage, ServerResponse } from "node:http"
import { once } from "node:events"
import type { AddressInfo } from "node:net"

/** A proxy between client and gateway, and what it does to the requests that come next; after those it does nothing. */
export interface UnfaithfulProxy extends AsyncDisposable {
  readonly url: string
  /** Those that came, as `METHOD path`. */
  readonly seen: IncomingMessage[]
  does(...deeds: readonly Deed[]): void
}

type Deed =
  /** The request arrives, and its answer is lost. */
  | { readonly lose: "answer" }
  | { readonly lose: "request" }
  /** Lets so many bytes of the answer through, from where `behind` was seen last, and breaks off. */
  | { readonly cutBehind: string }
  | { readonly answer: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }

export async function startUnfaithfulProxy(gateway: string): Promise<UnfaithfulProxy> {
  const seen: IncomingMessage[] = []
  const waiting: Deed[] = []
  const server = createServer((request, response) => {
    seen.push(request)
    const deed = waiting.shift()
    if (deed !== undefined && "answer" in deed) {
      request.resume()
      response.writeHead(deed.answer, deed.headers).end(deed.body ?? "")
    } else if (deed !== undefined && "lose" in deed && deed.lose === "request") request.socket.destroy()
    else passOn(gateway, request, response, deed)
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    does: (...deeds) => void waiting.push(...deeds),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, "close")
    },
  }
}

function passOn(gateway: string, request: IncomingMessage, response: ServerResponse, deed: Deed | undefined): void {
  const { method = "GET", url = "/", headers } = request
  const onward = ask(gateway + url, { method, headers }, (answer) => {
    if (deed !== undefined && "lose" in deed) {
      answer.resume().once("end", () => request.socket.destroy())
      return
    }
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    response.flushHeaders()
    let text = ""
    answer.on("data", (bytes: Buffer) => {
      text += bytes.toString("utf8")
      const end = deed !== undefined && "cutBehind" in deed ? text.indexOf(deed.cutBehind) : -1
      if (end === -1 || deed === undefined || !("cutBehind" in deed)) response.write(bytes)
      else {
        const before =
          Buffer.from(text.slice(0, end + deed.cutBehind.length)).length - Buffer.from(text).length + bytes.length
        response.write(bytes.subarray(0, before), () => request.socket.destroy())
        answer.destroy()
      }
    })
    answer.once("end", () => response.end())
  })
  onward.once("error", () => request.socket.destroy())
  response.once("close", () => onward.destroy())
  request.pipe(onward)
}
