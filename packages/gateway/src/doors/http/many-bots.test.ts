import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { sql } from "kysely"
import { shared } from "../../../../../tools/testing/shared.ts"
import { connect } from "../../store/postgres/connection.ts"
import { startSeveral } from "./testing/start-several.ts"

const ROBOTS = 100
/** The number of robots that connect at a time. */
const UNANSWERED = 64
const SECRET = "secret-of-a-robot"

suite("a gateway that takes over many smart robots", () => {
  const started = shared(async (resources) => {
    const bots = Array.from({ length: ROBOTS + 1 }, (_, n) => ({ bot_id: `robot-${n}`, secret: SECRET, name: `${n}` }))
    const several = resources.use(await startSeveral(1, {}, { org: { bots } }))
    const database = resources.adopt(connect({ url: several.url, maxConnections: 1, onLost: () => {} }), (db) =>
      db.destroy(),
    )
    const register = (gateway: number, n: number) =>
      several.request(gateway, "/v1/apps", {
        body: { name: `robot-${n}`, kind: "bot", bot_id: `robot-${n}`, secret: SECRET },
      })
    for (let n = 0; n < ROBOTS; n++) assert.equal((await register(0, n)).status, 201)
    const signIns = async (): Promise<number> => (await several.calls("/aibot_subscribe")).length
    while ((await signIns()) < ROBOTS) await sleep(20)
    return Object.assign(several, { database, register, signIns })
  })

  test("connects the others while those that began first have no answer yet", async () => {
    const several = started()
    await several.start()
    await several.fault({ path: "aibot_subscribe", kind: "hang_before", times: UNANSWERED })
    const before = await several.signIns()
    await several.gateways[0]?.[Symbol.asyncDispose]()
    while ((await several.signIns()) < before + ROBOTS) await sleep(20)
    const calls = (await several.calls("/aibot_subscribe")).slice(before)
    const names = new Set(calls.map(({ body }) => String(body.body.bot_id)))
    // No connection was given up and made again.
    assert.equal(names.size, ROBOTS)
    assert.equal(calls.filter(({ fault }) => fault === null).length, ROBOTS - UNANSWERED)
  })

  test("connects the others when what is stored of one is damaged, and its log says so", async () => {
    const several = started()
    await several.start()
    await sql`update wecom_push.apps set secrets = 'damaged' where name = 'robot-0'`.execute(several.database)
    const before = await several.signIns()
    await several.gateways[1]?.[Symbol.asyncDispose]()
    while ((await several.signIns()) < before + ROBOTS - 1) await sleep(20)
    while (!several.logLines.some((line) => line.includes("could not read the stored secret of the app")))
      await sleep(20)
    const names = (await several.calls("/aibot_subscribe")).slice(before).map(({ body }) => String(body.body.bot_id))
    assert.equal(new Set(names).size, ROBOTS - 1)
    assert.ok(!names.includes("robot-0"))
    // Later changes take effect too.
    assert.equal((await several.register(2, ROBOTS)).status, 201)
    while ((await several.signIns()) < before + ROBOTS) await sleep(20)
  })
})
