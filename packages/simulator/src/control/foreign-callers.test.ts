import assert from "node:assert/strict"
import { request } from "node:http"
import { networkInterfaces } from "node:os"
import { suite, test } from "node:test"
import { InvalidSimulatorOptions } from "../invalid-options.ts"
import { startSimulator, type Simulator } from "../start-simulator.ts"
import { simClient } from "../testing/sim-client.ts"

interface Asked {
  readonly status: number
  readonly headers: NodeJS.Dict<string | string[]>
  readonly text: string
}

interface Question {
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** The address of the machine to call from. */
  readonly localAddress?: string | undefined
}

/** As a browser asks: `fetch` would set neither Host nor Origin. */
async function ask(sim: Simulator, { path = "/_sim/stats", body, ...question }: Question): Promise<Asked> {
  const { promise, resolve, reject } = Promise.withResolvers<Asked>()
  const asked = request({ host: "127.0.0.1", port: sim.port, path, ...question, agent: false }, (response) => {
    let text = ""
    response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk))
    response.on("error", reject).on("end", () => {
      resolve({ status: response.statusCode ?? 0, headers: response.headers, text })
    })
  })
  asked.on("error", reject).end(body)
  return promise
}

function assertRefused({ status, headers, text }: Asked, ...parts: string[]): void {
  assert.equal(status, 403, text)
  const { error, error_zh } = JSON.parse(text) as { error: string; error_zh: string }
  for (const part of ["--allow-host", ...parts]) {
    assert.ok(error.includes(part), error)
    assert.ok(error_zh.includes(part), error_zh)
  }
  assert.equal(headers["access-control-allow-origin"], undefined)
}

for (const { who, headers } of [
  { who: "Origin elsewhere", headers: { origin: "https://evil.example" } },
  { who: "Origin elsewhere, as some browsers send it", headers: { origin: "HTTPS://evil.example:443" } },
  { who: "Origin that merely begins like ours", headers: { origin: "http://localhost.evil.example" } },
  { who: "a sandboxed page or a file", headers: { origin: "null" } },
  { who: "no Origin at all of a value", headers: { origin: "" } },
  { who: "another port of the same machine", headers: { origin: "http://127.0.0.1:1" } },
  { who: "Sec-Fetch-Site: cross-site", headers: { "sec-fetch-site": "cross-site" } },
  { who: "Sec-Fetch-Site: same-site", headers: { "sec-fetch-site": "same-site" } },
]) {
  // proves 11.S9: the simulator and other sites' pages
  test(`a page of another site can neither read nor change the simulator: ${who}`, async () => {
    await using client = await simClient()
    const { sim } = client
    await client.send()
    const text = { ...headers, "content-type": "text/plain" }
    for (const question of [
      { method: "POST", path: "/_sim/reset", body: "" },
      { method: "POST", path: "/_sim/faults", body: '{"path":"*","kind":"reset_before"}' },
      { method: "POST", path: "/_sim/clock", body: '{"advance_s":7200}' },
      { method: "POST", path: "/_sim/tokens/revoke", body: "" },
      { method: "PUT", path: "/_sim/settings", body: '{"long_text":"refuse"}' },
      { method: "POST", path: "/_sim/phones/zhangsan/click", body: "{}" },
      { path: "/_sim/org" },
      { path: "/%5Fsim/org" },
      { path: "/_sim/events" },
      { path: "/_sim/media/x" },
    ]) {
      assertRefused(await ask(sim, { ...question, headers: text }))
    }
    assert.equal((await client.send()).errcode, 0)
    assert.equal((await client.copies()).length, 2)
  })
}

// proves 11.S9: the simulator and other sites' pages
test("a name that was made to lead here is refused, whatever it asks for, with how to be let in", async () => {
  await using sim = await startSimulator({ port: 0 })
  for (const host of [
    "evil.example",
    "evil.example:7780",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "192.0.2.1",
  ]) {
    for (const path of ["/_sim/org", "/", "/panel"]) {
      assertRefused(await ask(sim, { path, headers: { host } }), new URL(`http://${host}`).hostname)
    }
  }
  for (const host of ["evil.example/localhost", "x@localhost", "local host"]) {
    assertRefused(await ask(sim, { headers: { host } }))
  }
})

suite("the simulator's own page works by every name of this machine", () => {
  for (const name of ["localhost", "127.0.0.1", "[::1]", "LOCALHOST", "localhost.", "sim.localhost", "127.0.0.2"]) {
    test(name, async () => {
      await using sim = await startSimulator({ port: 0 })
      for (const port of [sim.port, 80, 9999]) {
        const host = port === 80 ? name : `${name}:${port}`
        const headers = { host, origin: `http://${host.toLowerCase()}`, "sec-fetch-site": "same-origin" }
        const put = { method: "PUT", path: "/_sim/settings", headers, body: '{"long_text":"refuse"}' }
        assert.equal((await ask(sim, put)).status, 200, host)
        assert.equal((await ask(sim, { headers: { host, "sec-fetch-site": "none" } })).status, 200, host)
      }
    })
  }
})

// proves 11.S9: the simulator and other sites' pages
test("behind a proxy that ends TLS the page works as well", async () => {
  await using sim = await startSimulator({ port: 0, allowHosts: ["sim.example"] })
  const headers = { host: "sim.example", origin: "https://sim.example", "sec-fetch-site": "same-origin" }
  assert.equal((await ask(sim, { method: "POST", path: "/_sim/reset", headers })).status, 200)
  // Some proxies name their own address of the simulator.
  assert.equal((await ask(sim, { headers: { ...headers, host: `127.0.0.1:${sim.port}` } })).status, 200)
})

// proves 11.S9: the simulator and other sites' pages
test("programs, which send neither Origin nor Sec-Fetch-Site, are let in", async () => {
  await using sim = await startSimulator({ port: 0 })
  assert.equal((await fetch(`${sim.url}/_sim/reset`, { method: "POST", body: "" })).status, 200)
  assert.equal((await fetch(`http://localhost:${sim.port}/_sim/stats`)).status, 200)
  assert.equal((await ask(sim, { headers: { "user-agent": "curl/8.5.0" } })).status, 200)
})

// proves 11.S9: the simulator and other sites' pages
test("a link on another site opens the phones, but not what they read", async () => {
  await using sim = await startSimulator({ port: 0 })
  const headers = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" }
  for (const path of ["/?user=zhangsan", "/panel", "/gallery"]) {
    assert.notEqual((await ask(sim, { path, headers })).status, 403, path)
  }
  assertRefused(await ask(sim, { path: "/_sim/calls", headers }))
})

// proves 11.S9: the simulator and other sites' pages
test("names that are allowed reach control paths and phones, and no others do", async () => {
  await using sim = await startSimulator({
    port: 0,
    allowHosts: ["sim", "Sim.Example", "192.0.2.1", "fd00::7", "名字.example"],
  })
  const { hostname } = new URL("http://名字.example")
  for (const host of ["sim", "SIM:7780", "sim.example", "sim.example.:80", "192.0.2.1", "[fd00::7]:7780", hostname]) {
    assert.equal((await ask(sim, { headers: { host, origin: `http://${host}` } })).status, 200, host)
  }
  for (const host of ["x.sim", "example", "192.0.2.2", "[fd00::8]"]) {
    assertRefused(await ask(sim, { headers: { host } }))
  }
})

const outside = Object.values(networkInterfaces())
  .flat()
  .find((one) => one !== undefined && !one.internal && one.family === "IPv4")?.address

// proves 11.S9: the simulator and other sites' pages
test(
  "names that are allowed are let in from other machines, too, and no others are",
  { skip: outside === undefined && "this machine has no address but loopback" },
  async () => {
    await using sim = await startSimulator({ port: 0, host: "0.0.0.0", allowHosts: ["sim"] })
    const from = { localAddress: outside }
    assert.equal((await ask(sim, { headers: { host: "sim:7780" }, ...from })).status, 200)
    for (const host of ["localhost", "127.0.0.1", "evil.example", "0.0.0.0"]) {
      assertRefused(await ask(sim, { headers: { host }, ...from }))
    }
    assert.equal((await ask(sim, { headers: { host: "localhost" } })).status, 200)
    assertRefused(await ask(sim, { headers: { host: "sim", origin: "https://evil.example" }, ...from }))
  },
)

// proves 28.D10: every address, however written
suite(
  "D10: on every address at once, however that is written, control paths and phones answer this machine alone",
  () => {
    for (const host of ["0.0.0.0", "::", "0", "0x0", "0.0", "::0", "0:0:0:0:0:0:0:0", "::ffff:0.0.0.0", "::ffff:0:0"]) {
      test(host, async (t) => {
        await using sim = await startSimulator({ port: 0, host })
        assert.equal(sim.url, `http://127.0.0.1:${sim.port}`)
        assert.equal((await ask(sim, {})).status, 200)
        if (outside === undefined) return t.diagnostic("this machine has no address but loopback to be called from")
        for (const path of ["/_sim/org", "/_sim/settings", "/"]) {
          assertRefused(await ask(sim, { path, localAddress: outside }))
        }
        assert.equal((await ask(sim, { path: "/cgi-bin/gettoken", localAddress: outside })).status, 200)
      })
    }
  },
)

// proves 28.D10: every address, however written
test("D10: an empty host is refused at the start", async () => {
  for (const host of ["", " "]) {
    await assert.rejects(startSimulator({ port: 0, host }), (error) => {
      assert.ok(error instanceof InvalidSimulatorOptions)
      assert.deepEqual(
        error.badFields.map(({ path }) => path),
        ["host"],
      )
      return true
    })
  }
})

test("a name that can be none is refused at the start", async () => {
  for (const allowHosts of [["sim", "a b"], ["http://sim"], ["sim:7780"], [""], ["*"]]) {
    await assert.rejects(startSimulator({ port: 0, allowHosts }), (error) => {
      assert.ok(error instanceof InvalidSimulatorOptions)
      assert.deepEqual(
        error.badFields.map(({ path }) => path),
        [`allowHosts[${allowHosts.length - 1}]`],
      )
      return true
    })
  }
})

suite("WeCom's own paths answer by any name, and a page of another site cannot read what they answer", () => {
  const foreign = { host: "qyapi.example", origin: "https://evil.example", "sec-fetch-site": "cross-site" }
  for (const method of ["GET", "POST", "OPTIONS"]) {
    test(method, async () => {
      await using client = await simClient()
      const search = new URLSearchParams({ access_token: await client.token(), userid: "zhangsan" })
      for (const path of [
        "/cgi-bin/user/get",
        "/cgi-bin/user/simplelist",
        "/cgi-bin/gettoken",
        "/cgi-bin/media/upload",
      ]) {
        const preflight = { "access-control-request-method": "POST", "access-control-request-headers": "content-type" }
        const headers = { ...foreign, ...(method === "OPTIONS" ? preflight : {}) }
        const answer = await ask(client.sim, { method, path: `${path}?${search.toString()}`, headers })
        assert.equal(answer.status, 200)
        const opening = Object.keys(answer.headers).filter((name) => /^(?:access-control|cross-origin)-/.test(name))
        assert.deepEqual(opening, [])
      }
    })
  }
})
