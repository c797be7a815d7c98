import assert from "node:assert/strict"
import { test } from "node:test"
import { simClient, type SimClient } from "../testing/sim-client.ts"

const url = "https://example.com/a"

async function shown(
  sim: SimClient,
  msgtype: string,
  payload: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  assert.equal((await sim.send({ msgtype, text: undefined, [msgtype]: payload })).errcode, 0)
  return (await sim.copies("zhangsan")).at(-1)?.payload ?? {}
}

test("4.4: text over 2048 bytes is cut without a sign, between characters; the request stays as it was sent", async () => {
  await using sim = await simClient()
  const content = "字".repeat(683)
  assert.deepEqual(await shown(sim, "text", { content }), { content: "字".repeat(682) })
  assert.deepEqual((await sim.copies())[0]?.request["text"], { content })
})

test("4.4: text of exactly 2048 bytes is shown whole", async () => {
  await using sim = await simClient()
  assert.deepEqual(await shown(sim, "text", { content: "a".repeat(2048) }), { content: "a".repeat(2048) })
})

test("4.4: over-long text is refused with 45002 if so set", async () => {
  await using sim = await simClient({ settings: { long_text: "refuse" } })
  assert.equal((await sim.send({ text: { content: "a".repeat(2049) } })).errcode, 45002)
  assert.equal((await sim.send({ text: { content: "a".repeat(2048) } })).errcode, 0)
})

test("4.9: over-long markdown is cut, refused or shown whole, as set", async () => {
  await using sim = await simClient()
  const long = { content: "a".repeat(2049) }
  assert.deepEqual(await shown(sim, "markdown", long), { content: "a".repeat(2048) })
  await sim.settings({ long_markdown: "show" })
  assert.deepEqual(await shown(sim, "markdown", long), long)
  await sim.settings({ long_markdown: "refuse" })
  assert.equal((await sim.send({ msgtype: "markdown", markdown: long })).errcode, 45002)
})

test("4.6: a textcard is cut by characters, or by bytes if so set", async () => {
  await using sim = await simClient()
  const card = { title: "题".repeat(129), description: "文".repeat(512), url, btntxt: "查看全部详情" }
  const byCharacters = await shown(sim, "textcard", card)
  assert.deepEqual(byCharacters, { ...card, title: "题".repeat(128), btntxt: "查看全部" })

  await sim.settings({ textcard_unit: "bytes" })
  const byBytes = await shown(sim, "textcard", card)
  assert.deepEqual(byBytes, { ...card, title: "题".repeat(42), description: "文".repeat(170), btntxt: "查看全部" })
})

test("4.5, 4.7, 4.8: titles and descriptions of video, news and mpnews are cut by bytes", async () => {
  await using sim = await simClient({ settings: { unknown_media: "accept" } })
  const [title, description] = ["题".repeat(43), "文".repeat(171)]
  const [cutTitle, cutDescription] = ["题".repeat(42), "文".repeat(170)]
  assert.deepEqual(await shown(sim, "video", { media_id: "m", title, description }), {
    media_id: "m",
    title: cutTitle,
    description: cutDescription,
  })
  assert.deepEqual(
    await shown(sim, "news", {
      articles: [
        { title: "t", url },
        { title, description, url },
      ],
    }),
    {
      articles: [
        { title: "t", url },
        { title: cutTitle, description: cutDescription, url },
      ],
    },
  )
  const mpnews = { title, thumb_media_id: "m", content: "c", digest: description }
  assert.deepEqual(await shown(sim, "mpnews", { articles: [mpnews] }), {
    articles: [{ ...mpnews, title: cutTitle, digest: cutDescription }],
  })
})
