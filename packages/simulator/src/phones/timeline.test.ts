import assert from "node:assert/strict"
import { test } from "node:test"
import { SAMPLES } from "../testing/sample-media.ts"
import { ALERTS, HR, simClient, type SimClient } from "../testing/sim-client.ts"
import type { TimelineEntry, TimelinePage } from "./feed-events.ts"

async function timeline(client: SimClient, userid: string, query = ""): Promise<TimelinePage> {
  return (await (await client.control("GET", `phones/${userid}/timeline?${query}`)).json()) as TimelinePage
}

const words = (entries: readonly TimelineEntry[]): string[] => entries.map(({ preview }) => preview)
const reasons = (entries: readonly TimelineEntry[]): string[] =>
  entries.flatMap((entry) => (entry.kind === "kept_back" ? [entry.reason] : []))

test("a phone's past is read backwards in stretches that leave nothing out", async () => {
  await using client = await simClient()
  for (let n = 1; n <= 7; n++) await client.send({ touser: n === 4 ? "lisi" : "zhangsan", text: { content: `${n}` } })
  const newest = await timeline(client, "zhangsan", "limit=3")
  assert.deepEqual(words(newest.entries), ["5", "6", "7"])
  const older = await timeline(client, "zhangsan", `limit=3&before=${newest.before}`)
  assert.deepEqual(words(older.entries), ["1", "2", "3"])
  assert.equal(older.before, null)
})

test("the conversation with one app leaves the others out", async () => {
  await using client = await simClient()
  await client.send({ touser: "lisi", text: { content: "一" } })
  await client.send({ touser: "lisi", text: { content: "二" } }, HR)
  assert.deepEqual(words((await timeline(client, "lisi")).entries), ["一", "二"])
  assert.deepEqual(words((await timeline(client, "LISI", `conversation=${HR.agentid}`)).entries), ["二"])
})

test("a text is looked for in all that a message says, in any case, however far back", async () => {
  await using client = await simClient()
  await client.send({ text: { content: "Disk 91%" } })
  await client.send({
    msgtype: "textcard",
    textcard: { title: "告警", description: "disk 92%", url: "https://a.example" },
  })
  for (let n = 1; n <= 5; n++) await client.send({ text: { content: `心跳 ${n}` } })
  const found = await timeline(client, "zhangsan", "limit=1&text=DISK")
  assert.deepEqual(words(found.entries), ["告警"])
  const older = await timeline(client, "zhangsan", `limit=2&text=DISK&before=${found.before}`)
  assert.deepEqual(words(older.entries), ["Disk 91%"])
  assert.deepEqual((await timeline(client, "zhangsan", "text=msgtype")).entries, [])
})

test("the request of an entry is shown as it was sent, of one kept back too; of another phone's there is none", async () => {
  await using client = await simClient({ settings: { limits: { member_per_minute: 1 } } })
  await client.send({ text: { content: "一" }, unknown_field: 1 })
  await client.send({ text: { content: "二" } })
  const requests = (userid: string, turn: number): Promise<Response> =>
    client.control("GET", `phones/${userid}/requests/${turn}`)
  const { entries } = await timeline(client, "zhangsan", "kept_back=true")
  const told = await Promise.all(entries.map(async ({ turn }) => (await requests("ZHANGSAN", turn)).json()))
  assert.deepEqual(
    told.map((one) => [(one as { text: unknown }).text, (one as { unknown_field?: unknown }).unknown_field]),
    [
      [{ content: "一" }, 1],
      [{ content: "二" }, undefined],
    ],
  )
  for (const [userid, turn] of [
    ["lisi", entries[0]?.turn ?? 0],
    ["zhangsan", 99],
    ["zhangsan", Number.NaN],
  ] as const) {
    assert.equal((await requests(userid, turn)).status, 404)
  }
})

test("what was dropped, suppressed or refused is shown on request, in its place and with the reason", async () => {
  await using client = await simClient({ settings: { limits: { member_per_minute: 2 } } })
  await client.send({ text: { content: "a" }, enable_duplicate_check: 1 })
  await client.send({ text: { content: "a" }, enable_duplicate_check: 1 })
  await client.send({ text: { content: "b" } })
  await client.send({ text: { content: "c" } })
  await client.send({ touser: "zhangsan|lisi", text: { content: "d" } }, HR)
  assert.deepEqual(words((await timeline(client, "zhangsan")).entries), ["a", "b"])

  const all = await timeline(client, "zhangsan", "kept_back=true")
  assert.deepEqual(words(all.entries), ["a", "a", "b", "c", "d"])
  assert.deepEqual(reasons(all.entries), ["suppressed", "dropped", "invisible"])
})

test("a member without a licence reads what could not reach it, also when no other was left", async () => {
  await using client = await simClient()
  await client.send({ touser: "unlicensed|zhangsan", text: { content: "a" } })
  const { errcode } = await client.send({ touser: "UNLICENSED", text: { content: "b" } })
  assert.equal(errcode, 81013)
  const { entries } = await timeline(client, "unlicensed", "kept_back=true")
  assert.deepEqual(words(entries), ["a", "b"])
  assert.deepEqual(reasons(entries), ["unlicensed", "unlicensed"])
})

test("an entry knows the files that were uploaded here, and no others", async () => {
  await using client = await simClient({ settings: { unknown_media: "accept" } })
  const mediaId = await client.mediaId("image")
  await client.send({ msgtype: "image", image: { media_id: mediaId } })
  await client.send({ msgtype: "mpnews", mpnews: { articles: [aMpArticle(mediaId), aMpArticle("NEVER-UPLOADED")] } })
  const { entries } = await timeline(client, "zhangsan")
  const known = { [mediaId]: { name: "a.bin", bytes: SAMPLES.image.length } }
  assert.deepEqual(
    entries.map(({ media }) => media),
    [known, known],
  )
})

const aMpArticle = (thumb: string) => ({ title: "差旅", thumb_media_id: thumb, content: "<p>一月起</p>" })

test("recalled, confidential and changed messages say so", async () => {
  await using client = await simClient()
  const { msgid } = await client.send({ safe: 1 })
  await client.post("message/recall", { access_token: await client.token() }, { msgid })
  const [entry] = (await timeline(client, "zhangsan")).entries
  assert.ok(entry?.kind === "shown")
  assert.deepEqual([entry.recalled, entry.confidential, entry.msgid], [true, true, msgid])
})

test("a nonsensical range brings a page all the same, and an unknown phone is empty", async () => {
  await using client = await simClient()
  await client.send()
  for (const query of ["limit=0", "limit=-1", "limit=x", "before=x", "before=-7", "conversation="]) {
    assert.equal((await timeline(client, "zhangsan", query)).entries.length, query === "before=-7" ? 0 : 1, query)
  }
  assert.deepEqual(await timeline(client, "nobody"), { entries: [], before: null })
  assert.deepEqual(await timeline(client, "zhangsan", `conversation=${ALERTS.agentid}x`), { entries: [], before: null })
})
