import assert from "node:assert/strict"
import { test } from "node:test"
import { simClient } from "../testing/sim-client.ts"

// proves 11.B13: empty 404s
test("an empty 404 says in a header and in the ledger what to do", async () => {
  await using client = await simClient()
  for (const [path, advice] of [
    ["user/create", /^\/cgi-bin\/user\/create is not served; the simulator does not play it\. Served .*message\/send/],
    ["Message/Send", /; write \/cgi-bin\/message\/send$/],
    ["cgi-bin/gettoken", /; write \/cgi-bin\/gettoken$/],
  ] as const) {
    for (const method of ["GET", "POST", "HEAD"]) {
      const response = await fetch(`${client.sim.url}/cgi-bin/${path}?access_token=secret`, { method })
      assert.deepEqual([response.status, await response.text()], [404, ""])
      const told = response.headers.get("error-msg") ?? ""
      assert.match(told, advice)
      assert.doesNotMatch(told, /secret/)
      assert.deepEqual((await client.calls()).at(-1)?.warnings, [told])
    }
  }
})

// proves 11.B13: empty 404s
test("a file that phones cannot show says in a header why", async () => {
  await using client = await simClient()
  for (const path of ["media/unknown", "pictures/unknown.png"]) {
    const response = await fetch(`${client.sim.url}/_sim/${path}`)
    assert.deepEqual([response.status, await response.text()], [404, ""])
    assert.match(response.headers.get("error-msg") ?? "", /upload it again/)
  }
})
