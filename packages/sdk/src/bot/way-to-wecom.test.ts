import assert from "node:assert/strict"
import { once } from "node:events"
import { connect } from "node:net"
import type { AddressInfo, Socket } from "node:net"
import { suite, test } from "node:test"
import { createServer } from "node:tls"
import { startSimulator } from "@wecom-push/simulator"
import type { Simulator } from "@wecom-push/simulator"
import { Agent } from "undici"
import { Bot, text } from "../index.ts"
import { startConnectProxy } from "../testing/connect-proxy.ts"
import { rejected } from "../testing/rejected.ts"
import { makeTestCertificate } from "../testing/test-certificate.ts"

const BOT = { botId: "sim-bot", secret: "sim-bot-secret" }

/** A simulator behind TLS, as WeCom is. */
async function behindTls(): Promise<{ sim: Simulator; port: number; cert: string } & AsyncDisposable> {
  const sim = await startSimulator()
  const { key, cert } = await makeTestCertificate()
  const sockets = new Set<Socket>()
  const server = createServer({ key, cert }, (client) => {
    const upstream = connect(sim.port, "127.0.0.1")
    for (const socket of [client, upstream]) sockets.add(socket.on("error", () => undefined))
    client.pipe(upstream).pipe(client)
  })
  server.on("tlsClientError", () => undefined)
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return {
    sim,
    port: (server.address() as AddressInfo).port,
    cert,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await sim.close()
    },
  }
}

// proves 32.bot-sdk: certificates and proxies as for calls
suite("the way to WeCom is that of calls", () => {
  test("a certificate that is trusted is good, any other is refused", async () => {
    await using wecom = await behindTls()
    const url = `wss://localhost:${wecom.port}/_bot`
    await using stranger = new Bot({ ...BOT, url, proxy: false })
    const error = await rejected(stranger.connect())
    assert.deepEqual([error.code, error.failure, error.mayHaveArrived], ["unreachable", "tls", false])

    const dispatcher = new Agent({ connect: { ca: wecom.cert } })
    await using bot = new Bot({ ...BOT, url, dispatcher })
    await bot.connect()
    await bot.send({ user: "zhangsan" }, text("你好"))
    assert.equal(wecom.sim.messages().length, 1)
    await bot.close()
    await dispatcher.close()
  })
  test("a proxy is asked for a tunnel, and what it refuses is the proxy's", async () => {
    await using wecom = await behindTls()
    await using proxy = await startConnectProxy(wecom.port)
    const options = {
      ...BOT,
      url: "wss://wecom.example/_bot",
      proxy: { httpsProxy: `http://127.0.0.1:${proxy.port}` },
    }
    await using bot = new Bot(options)
    // It leads to a certificate that nothing here trusts.
    assert.equal((await rejected(bot.connect())).failure, "tls")
    assert.match(proxy.asked[0] ?? "", /^CONNECT wecom\.example:443 /)
    proxy.refuseWith = "407 Proxy Authentication Required"
    assert.equal((await rejected(bot.connect())).failure, "proxy")
  })
  test("an address where none listens is unreachable, and nothing was sent", async () => {
    const sim = await startSimulator()
    await sim.close()
    await using bot = new Bot({ ...BOT, url: `ws://127.0.0.1:${sim.port}/_bot` })
    const error = await rejected(bot.connect())
    assert.deepEqual([error.code, error.failure], ["unreachable", "refused"])
  })
})
