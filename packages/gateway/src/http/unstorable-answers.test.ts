import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { shared } from "../../../../tools/testing/shared.ts"
import type { RequestOptions, TestAnswer } from "./testing/start-gateway.ts"
import { startSeveral } from "./testing/start-several.ts"
import { startWithSimulator } from "./testing/start-with-simulator.ts"

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers freely
type Json = Record<string, any>

interface Started {
  readonly simulator: { readonly url: string }
  request(path: string, init?: RequestOptions): Promise<TestAnswer>
  until(id: string, ...states: readonly string[]): Promise<Json>
}

const STORES: Readonly<Record<string, (resources: AsyncDisposableStack) => Promise<Started>>> = {
  SQLite: async (resources) => resources.use(await startWithSimulator()),
  async PostgreSQL(resources) {
    const several = resources.use(await startSeveral(1))
    return {
      simulator: several.simulator,
      request: (path, init) => several.request(0, path, init),
      until: (id, ...states) => several.until(0, id, ...states),
    }
  },
}

const BAD = "x\0y\ud83d"
const CLEANED = "x\ufffdy\ufffd"
/** The 500th character of what is kept of an errmsg is the first half of a pair. */
const LONG = `${"x".repeat(499)}😀`

async function fault(simulator: Started["simulator"], of: Json): Promise<void> {
  const body = JSON.stringify({ path: "message/send", kind: "errcode", times: 1, ...of })
  assert.ok((await fetch(`${simulator.url}/_sim/faults`, { method: "POST", body })).ok)
}

for (const [store, start] of Object.entries(STORES)) {
  suite(`answers of WeCom that ${store} could not keep as they are`, () => {
    const started = shared(start)

    async function send(content: string): Promise<{ message: Json; attempts: Json[] }> {
      const { request, until } = started()
      const body = { app: "alerts", to: { users: ["zhangsan"] }, msgtype: "text", text: { content } }
      const { json } = await request("/v1/messages", { body })
      const message = await until(json.id, "sent", "failed")
      const attempts = await request(`/v1/messages/${json.id}/attempts`)
      return { message, attempts: attempts.json.items }
    }

    test("a success whose errmsg and msgid hold NUL and half a character is settled by its first attempt", async () => {
      const { simulator, request } = started()
      await fault(simulator, { errcode: 0, acts: true, body: { errmsg: BAD, msgid: `m${BAD}` } })
      const { message, attempts } = await send("1")
      assert.equal(message["state"], "sent")
      assert.deepEqual(
        attempts.map(({ errcode, errmsg }) => [errcode, errmsg]),
        [[0, CLEANED]],
      )
      const recipients = await request(`/v1/messages/${message["id"]}/recipients`)
      assert.equal(recipients.json.items[0].msgid, `m${CLEANED}`)
    })

    test("a refusal whose errmsg holds NUL and half a character is settled by its first attempt", async () => {
      await fault(started().simulator, { errcode: 44004, body: { errmsg: BAD } })
      const { message, attempts } = await send("2")
      assert.equal(message["state"], "failed")
      assert.deepEqual(
        attempts.map(({ errcode, errmsg }) => [errcode, errmsg]),
        [[44004, CLEANED]],
      )
    })

    test("an errmsg that is cut to its limit is not cut within a character", async () => {
      await fault(started().simulator, { errcode: 44004, body: { errmsg: LONG } })
      const { attempts } = await send("3")
      assert.equal(attempts[0]?.["errmsg"], "x".repeat(499))
    })
  })
}
