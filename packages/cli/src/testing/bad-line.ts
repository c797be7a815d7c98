import { createServer, request } from "node:http"
import type { IncomingMessage, ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

/** The fault of a bad line in one exchange: `lost` drops the answer, `dead` lets nothing through. */
type Trouble = "lost" | "dead" | undefined

/** A proxy in front of a gateway that fails as a test asks. */
export interface BadLine extends AsyncDisposable {
  readonly url: string
  /** The fault of each exchange, in the order in which they come; called with method and path. */
  trouble: (method: string, path: string) => Trouble
  /** Cuts whatever is open. */
  cut(): void
  readonly seen: { readonly method: string; readonly path: string; readonly headers: IncomingMessage["headers"] }[]
}

export async function startBadLine(target: string): Promise<BadLine> {
  const seen: BadLine["seen"] = []
  const server = createServer((incoming, outgoing) => {
    const { method = "", url = "", headers } = incoming
    seen.push({ method, path: url, headers })
    const trouble = line.trouble(method, url)
    if (trouble === "dead") incoming.socket.destroy()
    else forward(incoming, outgoing, new URL(url, target), trouble)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve)
  })
  const line: BadLine = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    trouble: () => undefined,
    seen,
    cut: () => server.closeAllConnections(),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  }
  return line
}

function forward(incoming: IncomingMessage, outgoing: ServerResponse, url: URL, trouble: Trouble): void {
  const { method = "GET", headers, socket } = incoming
  const onward = request(url, { method, headers: { ...headers, host: url.host } }, (answer) => {
    if (trouble === "lost") {
      answer.resume().on("end", () => socket.destroy())
      return
    }
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
    outgoing.flushHeaders()
    answer.pipe(outgoing)
    socket.once("close", () => answer.destroy())
  })
  onward.on("error", () => socket.destroy())
  incoming.pipe(onward)
}
