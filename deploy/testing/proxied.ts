// Starts the reverse proxies of deploy/ with their configuration, changed only in addresses and certificate.
import { spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { mkdir, writeFile } from "node:fs/promises"
import { request } from "node:https"
import type { IncomingMessage } from "node:http"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { setTimeout as sleep } from "node:timers/promises"
import { TemporaryFolder } from "../../packages/gateway/src/store/testing/open-store.ts"
import { makeTestCertificate } from "../../packages/sdk/src/testing/test-certificate.ts"
import { freePort } from "../../tools/testing/free-port.ts"
import { pathOf } from "../../tools/testing/programs.ts"

export type ProxyName = "nginx" | "caddy"

interface Asked {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

export interface Proxied extends AsyncDisposable {
  readonly port: number
  /** Resolves with an answer whose body has not been read yet. */
  open(path: string, asked?: Asked): Promise<IncomingMessage>
  ask(path: string, asked?: Asked): Promise<{ status: number; headers: IncomingMessage["headers"]; text: string }>
}

/** @param gateways as in `127.0.0.1:7788` */
export async function startProxy(name: ProxyName, gateways: readonly string[]): Promise<Proxied> {
  await using started = new AsyncDisposableStack()
  const folder = started.use(new TemporaryFolder())
  const home = join(folder.file(), "..", "proxy")
  await mkdir(home)
  const port = await freePort()
  const { key, cert } = await makeTestCertificate()
  const at = { home, port, gateways, key: join(home, "key.pem"), cert: join(home, "cert.pem") }
  await writeFile(at.key, key)
  await writeFile(at.cert, cert)
  const config = join(home, name)
  await writeFile(config, CONFIGS[name](at))

  const words = {
    nginx: ["-p", home, "-c", config, "-e", "stderr", "-g", "daemon off;"],
    caddy: ["run", "--config", config, "--adapter", "caddyfile"],
  }[name]
  const env = { PATH: process.env["PATH"], HOME: home, XDG_CONFIG_HOME: home, XDG_DATA_HOME: home }
  const proxy = spawn(pathOf(name), words, { env, stdio: ["ignore", "ignore", "pipe"] })
  const ended = once(proxy, "exit")
  let told = ""
  proxy.stderr.setEncoding("utf8").on("data", (piece: string) => (told += piece))
  started.defer(async () => {
    // nginx ends its workers itself; Caddy would wait for event streams that are open.
    proxy.kill(name === "nginx" ? "SIGTERM" : "SIGKILL")
    await ended
  })

  const open: Proxied["open"] = async (path, { method = "GET", headers = {}, body } = {}) => {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) }
    const asked = { host: "127.0.0.1", port, path, method, headers: { ...headers, ...length }, ca: cert, agent: false }
    const named = (cause: unknown): void => reject(new Error(`${method} ${path}: no answer`, { cause }))
    request(asked, resolve).on("error", named).end(body)
    return promise
  }
  while (!(await open("/healthz").then(text, () => undefined))) {
    if (proxy.exitCode !== null) throw new Error(told)
    await sleep(20)
  }
  const kept = started.move()
  return {
    port,
    open,
    async ask(path, asked) {
      const answer = await open(path, asked)
      return { status: answer.statusCode ?? 0, headers: answer.headers, text: await text(answer) }
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

interface Place {
  readonly home: string
  readonly port: number
  readonly gateways: readonly string[]
  readonly key: string
  readonly cert: string
}

const CONFIGS: Readonly<Record<ProxyName, (at: Place) => string>> = {
  nginx: ({ home, port, gateways, key, cert }) => {
    const server = / *server 127\.0\.0\.1:7788 (.*);/.exec(read("nginx.conf"))?.[1] ?? ""
    const changed = changedIn(read("nginx.conf"), [
      ["server 127.0.0.1:7788 ", gateways.map((one) => `server ${one} ${server};`).join("\n") + "\n#"],
      ["listen 443 ssl", `listen 127.0.0.1:${port} ssl`],
      ["/etc/ssl/wecom-push.pem", cert],
      ["/etc/ssl/private/wecom-push.key", key],
    ])
    const folders = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
      (one) => `${one}_temp_path ${home}/${one};`,
    )
    return `pid ${home}/pid; events {} http { access_log off; ${folders.join(" ")}\n${changed}\n}`
  },
  caddy: ({ port, gateways, key, cert }) =>
    changedIn(read("Caddyfile"), [
      ["{\n", "{\nadmin off\nauto_https disable_redirects\n"],
      ["push.example.com {", `https://127.0.0.1:${port} {`],
      ["# tls /etc/ssl/wecom-push.pem /etc/ssl/private/wecom-push.key", `tls ${cert} ${key}`],
      ["reverse_proxy 127.0.0.1:7788 {", `reverse_proxy ${gateways.join(" ")} {`],
    ]),
}

function read(name: string): string {
  return readFileSync(join(import.meta.dirname, "..", name), "utf8")
}

function changedIn(config: string, changes: readonly (readonly [string, string])[]): string {
  return changes.reduce((changed, [from, to]) => {
    if (!changed.includes(from)) throw new Error(`the configuration of the proxy has no ${from}`)
    return changed.replace(from, () => to)
  }, config)
}
