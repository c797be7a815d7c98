import assert from "node:assert/strict"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { undiciTransport } from "@wecom-push/sdk"
import { systemClock } from "@wecom-push/sdk/internals"
import { startDispatcher } from "../packages/gateway/src/delivery/dispatcher.ts"
import { IdleDispatcher } from "../packages/gateway/src/doors/http/testing/idle-dispatcher.ts"
import { startSeveral } from "../packages/gateway/src/doors/http/testing/start-several.ts"
import { Gate } from "../packages/gateway/src/store/postgres/testing/gate.ts"
import { firesNow, judgeByPrometheus, promtool, withoutPromtool } from "./testing/judged.ts"
import { Timeline } from "./testing/timeline.ts"
import { WatchedGateway } from "./testing/watched-gateway.ts"

// Tests the alert rules with the figures of real gateways, with and without trouble. They are evaluated here, and, if there is
// a `promtool`, by Prometheus itself, which must get the same result.

const ZHANGSAN = { users: ["zhangsan"] }
/** Userids of members that the simulator has beside its seed. */
const members = (count: number, from = 1): string[] =>
  Array.from({ length: count }, (_, n) => `m${String(from + n).padStart(6, "0")}`)

// proves 10.6: what operators see
test("a gateway that is well raises none", async () => {
  await using world = await WatchedGateway.start()
  await world.send(ZHANGSAN)
  await world.minutes(15)
  firesNow(world.timeline, "a gateway that is well")
})

// proves 10.6: what operators see
test("a gateway that cannot reach WeCom raises the alerts for that and for lateness, and no other", async () => {
  await using world = await WatchedGateway.start({
    // The minutes of the figures do not really pass, but attempts to reach WeCom would have to be repeated in each of them.
    createDispatcher: ({ stores, createQueue, createGovernors, log, metrics }) =>
      startDispatcher({
        stores,
        createQueue,
        createGovernors,
        log,
        metrics,
        baseUrl: "http://127.0.0.1:9",
        transport: undiciTransport(),
        clock: systemClock,
        random: Math.random,
        hooks: metrics.apiHooks,
      }),
  })
  await world.send(ZHANGSAN)
  await world.minutes(2, { ofGatewayToo: true })
  firesNow(world.timeline, "WeCom cannot be reached, for less than two minutes")
  await world.minutes(1, { ofGatewayToo: true })
  firesNow(world.timeline, "WeCom cannot be reached", "WecomPushUnreachable")
  await world.minutes(12, { ofGatewayToo: true })
  firesNow(world.timeline, "WeCom cannot be reached for long", "WecomPushMessagesLate", "WecomPushUnreachable")
})

// proves 28.alerts: alert rules
test("a gateway that is away raises the alert for that, and no other", async () => {
  await using world = await WatchedGateway.start()
  await world.stop()
  await world.minutes(2)
  firesNow(world.timeline, "a gateway that is away for a moment")
  await world.minutes(1)
  firesNow(world.timeline, "a gateway that is away", "WecomPushDown")
})

// proves 28.alerts: alert rules
test("a paused app raises the alert for that until it is corrected", async () => {
  await using world = await WatchedGateway.start()
  await world.fault({ path: "message/send", kind: "errcode", errcode: 60020, times: 1000 })
  const id = await world.send(ZHANGSAN)
  await world.minutes(4)
  firesNow(world.timeline, "a paused app", "WecomPushAppPaused")
  await world.faultsEnd()
  await world.ask("/v1/apps/alerts", { secret: "sim-secret-alerts" }, "PATCH")
  await world.until(id, ({ state }) => state === "sent")
  await world.minutes(1)
  firesNow(world.timeline, "an app that was paused")
})

interface Trouble {
  /** The trouble in words, for the titles. */
  readonly what: string
  readonly alert: string
  readonly options?: Parameters<typeof WatchedGateway.start>[0]
  /** Something similar for which there must be no alert yet. */
  readonly almost?: (world: WatchedGateway) => Promise<void>
  readonly happens: (world: WatchedGateway) => Promise<void>
  /** Minutes after which the alert fires. */
  readonly after: number
  /** Minutes after which it is over, if it ends by itself. */
  readonly lasts?: number
}

const TROUBLES: readonly Trouble[] = [
  {
    what: "one recipient in doubt",
    alert: "WecomPushInDoubt",
    async happens(world) {
      await world.fault({ path: "message/send", kind: "reset_after", times: 100 })
      const id = await world.sendIntoDoubt(ZHANGSAN)
      await world.ask(`/v1/messages/${id}/cancel`, {})
      await world.faultsEnd()
      await world.until(await world.send({ users: ["lisi"] }), ({ state }) => state === "sent")
    },
    after: 1,
    lasts: 16,
  },
  {
    what: "look-ups that WeCom closes once",
    alert: "WecomPushLookupsClosing",
    async happens(world) {
      await world.fault({ path: "user/getuserid", kind: "errcode", errcode: 45009 })
      await world.ask("/v1/messages", { to: { mobiles: ["13900000001"] }, msgtype: "text", text: { content: "x" } })
      await world.untilFigure(/^wecom_push_throttled_total\{.*"lookup_paused"\} 1$/m)
    },
    after: 1,
    lasts: 61,
  },
  {
    what: "one error that was not foreseen",
    alert: "WecomPushErrors",
    options: {
      createDispatcher: () =>
        Object.assign(new IdleDispatcher(), { lookUp: () => Promise.reject(new Error("unforeseen")) }),
    },
    async happens(world) {
      assert.equal((await world.request("/v1/lookup", { mobile: "13800000001" })).status, 500)
    },
    after: 1,
    lasts: 16,
  },
  {
    what: "more than one in twenty recipients that WeCom refuses",
    alert: "WecomPushNotDelivered",
    async almost(world) {
      await world.send({ users: members(19) })
      await sendRefused(world)
    },
    happens: sendRefused,
    after: 6,
    lasts: 22,
  },
  {
    what: "more than 80 % of a day's person-times",
    alert: "WecomPushQuotaLow",
    async almost(world) {
      await world.ask("/v1/apps/alerts", { settings: { account_cap: 1 } }, "PATCH")
      await world.send({ users: members(160) })
    },
    async happens(world) {
      await world.send(ZHANGSAN)
    },
    after: 1,
  },
  {
    what: "more than 80 % of the connections",
    alert: "WecomPushConnectionsFull",
    options: { environment: { WECOM_PUSH_MAX_CONNECTIONS: "20" } },
    almost: (world) => world.connections(16),
    happens: (world) => world.connections(17),
    after: 6,
  },
  {
    what: "a thread that fails",
    alert: "WecomPushThreadFailures",
    async happens(world) {
      // This body is read in a thread, which ends by itself after ten idle seconds.
      const users = Array.from({ length: 20_000 }, (_, n) => `unknown${n}`)
      assert.equal((await world.request("/v1/messages", { to: { users }, msgtype: "none" })).status, 422)
      await world.endThread()
      await world.untilFigure(/^wecom_push_thread_failures_total\{.*\} 1$/m)
    },
    after: 1,
    lasts: 16,
  },
]

for (const { what, alert, options, almost, happens, after, lasts } of TROUBLES) {
  // proves 28.alerts: alert rules
  test(`${what}: ${alert} fires, and no other alert, and nothing before`, async () => {
    await using world = await WatchedGateway.start(options)
    if (almost !== undefined) {
      await almost(world)
      await world.minutes(after)
      firesNow(world.timeline, `not yet ${what}`)
    }
    await happens(world)
    await world.minutes(after)
    firesNow(world.timeline, what, alert)
    if (lasts === undefined) return
    await world.minutes(lasts - after)
    firesNow(world.timeline, `${what}, and long ago`)
  })
}

async function sendRefused(world: WatchedGateway): Promise<void> {
  await world.fault({ path: "message/send", kind: "errcode", errcode: 45002 })
  await world.send(ZHANGSAN)
}

// proves 28.alerts: alert rules
test("a gateway whose database is lost raises the alert for that until it is there again", async () => {
  await using several = await startSeveral(0)
  await using gate = new Gate(several.url)
  await gate.open()
  await several.start({ WECOM_PUSH_DATABASE_URL: gate.url(several.url) })
  const timeline = new Timeline()
  const minutes = async (count: number, storageUp: 0 | 1): Promise<void> => {
    for (let minute = 0; minute < count; await sleep(20)) {
      const { text } = await several.request(0, "/metrics")
      if (!text.includes(`\nwecom_push_storage_up ${storageUp}\n`)) continue
      timeline.scrape(text)
      minute++
    }
  }
  await minutes(1, 1)
  await gate.shut()
  await minutes(2, 0)
  firesNow(timeline, "a lost database", "WecomPushStorageTrouble")
  await gate.open()
  await minutes(1, 1)
  firesNow(timeline, "a database that was lost")
})

const skip = withoutPromtool

// proves 28.alerts: alert rules
test("Prometheus itself sees the same alerts in all of these figures", { skip }, judgeByPrometheus)

// proves 28.alerts: alert rules
test("Prometheus finds nothing amiss in the figures of a gateway", { skip }, async () => {
  await using world = await WatchedGateway.start()
  await world.send(ZHANGSAN)
  const { output } = await promtool(["check", "metrics"], await world.ask("/metrics"))
  assert.doesNotMatch(output, /error while linting/)
  const ours = output.split("\n").filter((line) => line !== "" && !/^wecom_push_(?:nodejs|process)_/.test(line))
  assert.deepEqual(ours, [])
})
