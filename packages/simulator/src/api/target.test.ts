import assert from "node:assert/strict"
import { request } from "node:http"
import { test } from "node:test"
import { ALERTS, simClient } from "../testing/sim-client.ts"

interface Answer {
  readonly status: number | undefined
  /** The errcode in the header, which an answer to HEAD has, too. */
  readonly errcode: string | string[] | undefined
  readonly text: string
}

/** `fetch` would normalise the request target. */
async function askRaw(port: number, method: string, path: string): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const asked = request({ host: "127.0.0.1", port, method, path, agent: false }, (response) => {
    let text = ""
    response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk))
    response.on("error", reject).on("end", () => {
      resolve({ status: response.statusCode, errcode: response.headers["error-code"], text })
    })
  })
  asked.on("error", reject).end()
  return promise
}

// proves 11.B2: odd request targets
test("slashes too many and the whole address as target lead to the same path, and HEAD is a GET without a body", async () => {
  await using client = await simClient()
  const { port } = client.sim
  const query = new URLSearchParams({ access_token: await client.token(), agentid: String(ALERTS.agentid) }).toString()
  for (const path of [
    `/cgi-bin/agent/get?${query}`,
    `//cgi-bin/agent/get?${query}`,
    `/cgi-bin//agent///get/?${query}`,
    `http://127.0.0.1:${port}/cgi-bin/agent/get?${query}`,
    `http://127.0.0.1:${port}//cgi-bin/agent/get//?${query}`,
  ]) {
    for (const method of ["GET", "HEAD"]) {
      const { status, errcode, text } = await askRaw(port, method, path)
      assert.deepEqual([status, errcode], [200, "0"], `${method} ${path}`)
      assert.equal(text === "", method === "HEAD")
      assert.equal((await client.calls()).at(-1)?.path, "/cgi-bin/agent/get")
    }
  }
  assert.equal((await askRaw(port, "GET", "//_sim/org")).status, 404)
  assert.equal((await askRaw(port, "HEAD", `/cgi-bin/message/send?${query}`)).errcode, "40058")
})
