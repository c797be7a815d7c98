import assert from "node:assert/strict"
import { once } from "node:events"
import { createServer } from "node:http"
import { test } from "node:test"
import { inBrowser, openBrowser } from "../testing/browser.ts"
import { simClient } from "../testing/sim-client.ts"

/** A page of another program on this machine. @returns its address */
async function foreignPage(resources: AsyncDisposableStack): Promise<string> {
  const server = createServer((_request, response) => {
    response.setHeader("content-type", "text/html").end("<!doctype html><title>other</title>")
  })
  resources.defer(() => void server.close())
  resources.defer(() => server.closeAllConnections())
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}/`
}

// proves 11.S9: the simulator and other sites' pages
test(
  "in a browser the phones work by two names of the machine, and a page of another program is refused",
  inBrowser,
  async () => {
    await using resources = new AsyncDisposableStack()
    const sim = resources.use(await simClient())
    const browser = resources.use(await openBrowser())
    await sim.send()

    for (const name of ["127.0.0.1", "localhost"]) {
      const page = await browser.open(`http://${name}:${sim.sim.port}/?lang=en&user=zhangsan`)
      await page.getByText("你好").first().waitFor()
      const status = await page.evaluate(
        `fetch("/_sim/settings", { method: "PUT", body: '{"keep":500}' }).then(({ status }) => status)`,
      )
      assert.equal(status, 200, name)
    }
    assert.deepEqual(browser.errors, [])

    const page = await browser.open(await foreignPage(resources))
    for (const [path, body] of [
      ["reset", "{}"],
      ["faults", '{"path":"*","kind":"reset_before"}'],
    ]) {
      const target = JSON.stringify(`${sim.sim.url}/_sim/${path}`)
      const init = JSON.stringify({ method: "POST", mode: "no-cors", body, headers: { "content-type": "text/plain" } })
      await page.evaluate(`fetch(${target}, ${init}).then(({ type }) => type)`)
    }
    const read = `fetch(${JSON.stringify(`${sim.sim.url}/_sim/org`)}).then(() => "read", () => "refused")`
    assert.equal(await page.evaluate(read), "refused")

    assert.equal((await sim.send()).errcode, 0)
    assert.equal((await sim.copies()).length, 2)
  },
)
