import { once } from "node:events"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { request } from "node:http"
import { createServer } from "node:https"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { makeTestCertificate, makeTestRoot } from "../../../sdk/src/testing/test-certificate.ts"

/** WeCom behind a proxy that ends TLS, whose certificate is signed by a root of the company's own. */
export interface BehindPrivateRoot extends AsyncDisposable {
  readonly url: string
  /** The file of the root's certificate. */
  readonly root: string
}

export async function behindPrivateRoot(target: string): Promise<BehindPrivateRoot> {
  const folder = mkdtempSync(join(tmpdir(), "wecom-push-root-"))
  const company = await makeTestRoot("Company Root")
  const root = join(folder, "root.pem")
  writeFileSync(root, company.cert)
  const tls = await makeTestCertificate({ root: company })
  const server = createServer(tls, (incoming, outgoing) => {
    const { method, headers, url = "/" } = incoming
    const onward = request(new URL(url, target), { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    onward.on("error", () => outgoing.destroy())
    incoming.pipe(onward)
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on a port
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    root,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, "close")
      rmSync(folder, { recursive: true })
    },
  }
}
