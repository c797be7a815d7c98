import { execFileSync } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { request } from "node:http"
import { createServer } from "node:https"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** WeCom behind a proxy that ends TLS, whose certificate is signed by a root of the company's own. */
export interface BehindPrivateRoot extends AsyncDisposable {
  readonly url: string
  /** The file of the root's certificate. */
  readonly root: string
}

export async function behindPrivateRoot(target: string): Promise<BehindPrivateRoot> {
  const folder = mkdtempSync(join(tmpdir(), "wecom-push-root-"))
  const file = (name: string): string => join(folder, name)
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
  const root = file("root.pem")
  openssl(
    "req",
    "-x509",
    ...curve,
    "-days",
    "2",
    "-subj",
    "/CN=Company Root",
    "-keyout",
    file("root.key"),
    "-out",
    root,
  )
  openssl("req", "-new", ...curve, "-subj", "/CN=localhost", "-keyout", file("leaf.key"), "-out", file("leaf.csr"))
  writeFileSync(file("leaf.ext"), "subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n")
  const signed = ["-CA", root, "-CAkey", file("root.key"), "-CAcreateserial", "-extfile", file("leaf.ext")]
  openssl("x509", "-req", "-in", file("leaf.csr"), ...signed, "-days", "2", "-out", file("leaf.pem"))

  const tls = { key: readFileSync(file("leaf.key")), cert: readFileSync(file("leaf.pem")) }
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

function openssl(...words: readonly string[]): void {
  execFileSync("openssl", words, { stdio: "ignore" })
}
