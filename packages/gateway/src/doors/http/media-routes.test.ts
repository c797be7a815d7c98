import assert from "node:assert/strict"
import { readdirSync } from "node:fs"
import { suite, test } from "node:test"
import { amr, GIF, JPG, MP4, padded, PNG, postFile, postForm, TEXT } from "./testing/media-form.ts"
import { aMessage, startTestGateway } from "./testing/start-gateway.ts"
import type { TestGateway } from "./testing/start-gateway.ts"

const MB = 1024 * 1024
const HR = { name: "hr", corpId: "ww0000000000000001", agentId: 1_000_003, secret: "sim-secret-hr" }
const ALERTS = { name: "alerts", corpId: "ww0000000000000001", agentId: 1_000_002, secret: "sim-secret-alerts" }

function folderOf(gateway: TestGateway): string[] {
  return readdirSync(`${gateway.folder.file()}.media`)
}

async function keyFor(gateway: TestGateway, apps: readonly string[], scopes = ["send"]): Promise<string> {
  const { json } = await gateway.request("/v1/keys", { body: { name: "test", scopes, apps } })
  return json.key
}

// proves 4.5: the gateway
test("a file is stored, and described again by its id; the same file again is the same", async () => {
  await using gateway = await startTestGateway()
  const first = await postFile(gateway, PNG, { type: "image", filename: "图.png" })
  assert.equal(first.status, 201, first.text)
  assert.match(first.json.id, /^med_[\w-]{32}$/)
  assert.equal(first.headers.get("location"), `/v1/media/${first.json.id}`)
  assert.deepEqual([first.json.type, first.json.filename, first.json.bytes], ["image", "图.png", PNG.length])
  const again = await postFile(gateway, PNG, { type: "image" })
  assert.deepEqual([again.status, again.json], [200, first.json])
  assert.deepEqual((await gateway.request(`/v1/media/${first.json.id}`)).json, first.json)
  assert.deepEqual(folderOf(gateway), [first.json.sha256])
})

test("of a file the name is part of what it is, since receivers see it; its bytes are stored once", async () => {
  await using gateway = await startTestGateway()
  const ids = await Promise.all(
    ["a.txt", "b.txt", "a.txt"].map(async (filename) => (await postFile(gateway, TEXT, { filename })).json.id),
  )
  assert.equal(new Set(ids).size, 2)
  assert.equal(folderOf(gateway).length, 1)
})

suite("what WeCom would refuse is 422, found by its bytes and not by its name, and leaves nothing", () => {
  const rows: readonly [string, string, Uint8Array<ArrayBuffer>, string, RegExp, string?][] = [
    ["image", "a GIF called .png", GIF, "file_kind", /gif.*JPG or PNG/, "a.png"],
    ["image", "a byte over 10 MB", padded(PNG, 10 * MB + 1), "file_too_large", /10485760 bytes/],
    ["voice", "an MP4 called .amr", MP4, "file_kind", /mp4.*AMR/, "a.amr"],
    ["voice", "over a minute", amr(61), "voice_too_long", /60/],
    ["voice", "over 2 MB", padded(amr(1), 2 * MB + 1), "file_too_large", /2097152 bytes/],
    ["video", "a text called .mp4", TEXT, "file_kind", /MP4/, "a.mp4"],
    ["file", "five bytes", padded(Buffer.alloc(0), 5), "file_too_small", /5 bytes/],
    ["file", "nothing", Buffer.alloc(0), "file_too_small", /0 bytes/],
    ["file", "a byte over 20 MB", Buffer.alloc(20 * MB + 1), "file_too_large", /20971520 bytes/],
  ]
  for (const [type, what, bytes, code, detail, filename] of rows) {
    test(`${type}, ${what}`, async () => {
      await using gateway = await startTestGateway()
      const answer = await postFile(gateway, bytes, { type, ...(filename === undefined ? {} : { filename }) })
      assert.equal(answer.status, 422, answer.text)
      const [error] = answer.json.errors
      assert.deepEqual([answer.json.code, error.code, error.path], ["invalid_value", code, "/file"])
      assert.match(error.detail, detail)
      assert.doesNotMatch(answer.text, /\.part|wecom-push-store/)
      assert.deepEqual(folderOf(gateway), [])
    })
  }
})

suite("what WeCom takes is taken", () => {
  for (const [type, bytes] of [
    ["image", JPG],
    ["image", padded(PNG, 10 * MB)],
    ["voice", amr(60)],
    ["video", MP4],
    ["file", padded(Buffer.alloc(0), 6)],
    ["file", Buffer.alloc(20 * MB, "PK\u0003\u0004")],
  ] as const) {
    test(`${type} of ${bytes.length} bytes`, async () => {
      await using gateway = await startTestGateway()
      assert.equal((await postFile(gateway, bytes, { type })).status, 201)
    })
  }
})

// proves row 26: paths in names
suite("names that look like paths are names, or refused, and never a path", () => {
  for (const [sent, kept] of [
    ["..%2f..%2fetc%2fpasswd", "..%2f..%2fetc%2fpasswd"],
    ["a%00.txt", "a%00.txt"],
    ["a%22b.txt", 'a"b.txt'],
    ["../../../escape.txt", "escape.txt"],
    ["/etc/cron.d/x", "x"],
    ["C:\\windows\\x.txt", "x.txt"],
    ["..", undefined],
    ["a\u0001b", undefined],
    ["a\u202Eb", undefined],
  ] as const) {
    test(JSON.stringify(sent), async () => {
      await using gateway = await startTestGateway()
      const boundary = "b0undary"
      const body = [
        `--${boundary}\r\nContent-Disposition: form-data; name="type"\r\n\r\nfile\r\n`,
        `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${sent}"\r\n\r\nthe bytes\r\n--${boundary}--\r\n`,
      ].join("")
      const headers = { "content-type": `multipart/form-data; boundary=${boundary}` }
      const answer = await gateway.request("/v1/media", { body, headers })
      if (kept === undefined && answer.status !== 201) assert.equal(answer.json.errors[0].path, "/file/filename")
      else assert.deepEqual([answer.status, answer.json.filename], [201, kept ?? answer.json.filename])
      for (const name of folderOf(gateway)) assert.match(name, /^[0-9a-f]{64}$/)
      assert.deepEqual(
        readdirSync(gateway.folder.path).filter((name) => !name.startsWith("gateway.db")),
        [],
      )
    })
  }
})

// proves row 26: paths in names
test("the id in the path is looked up, whatever it looks like", async () => {
  await using gateway = await startTestGateway()
  await postFile(gateway, TEXT)
  const [sha256 = ""] = folderOf(gateway)
  for (const id of ["med_", "..%2fgateway.db", "..%2f..%2fetc%2fpasswd", "%00", sha256, "%2fetc%2fpasswd"]) {
    assert.equal((await gateway.request(`/v1/media/${id}`)).status, 404, id)
  }
})

test("what is wrong with the form is named, all at once", async () => {
  await using gateway = await startTestGateway()
  const form = new FormData()
  form.set("type", "thumb")
  form.set("typo", "x")
  const answer = await postForm(gateway, form)
  assert.equal(answer.status, 400)
  assert.deepEqual(
    answer.json.errors.map(({ path, code }: { path: string; code: string }) => [path, code]),
    [
      ["/typo", "unknown_field"],
      ["/type", "not_allowed"],
      ["/file", "required"],
    ],
  )
  const bare = await postForm(gateway, new FormData())
  assert.equal(bare.status, bare.json.code === "invalid_form" ? 400 : 422)
})

test("two files, ten thousand parts, and a form that breaks off are refused and leave nothing", async () => {
  await using gateway = await startTestGateway()
  const two = new FormData()
  two.set("type", "file")
  two.append("file", new Blob([TEXT]), "a.txt")
  two.append("file", new Blob([PNG]), "b.txt")
  assert.equal((await postForm(gateway, two)).json.errors[0].path, "/file")
  const many = new FormData()
  many.set("type", "file")
  for (let n = 0; n < 10_000; n++) many.append("file", new Blob(["xxxxxxx"]), `${n}.txt`)
  assert.equal((await postForm(gateway, many)).status, 400)
  const headers = { "content-type": "multipart/form-data; boundary=b" }
  const start = '--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nthe first half'
  for (const body of [start, `${start}\r\n--b`, "nonsense", "--b--\r\n"]) {
    const answer = await gateway.request("/v1/media", { body, headers })
    assert.ok(answer.status === 400 || answer.status === 422, `${answer.status} ${body}`)
  }
  for (const type of ["application/json", "multipart/form-data", "multipart/mixed; boundary=b", "text/plain"]) {
    const answer = await gateway.request("/v1/media", { body: "{}", headers: { "content-type": type } })
    assert.ok(answer.status === 415 || answer.status === 400, `${answer.status} ${type}`)
  }
  assert.equal((await gateway.request("/v1/media", { method: "POST" })).status, 415)
  assert.deepEqual(folderOf(gateway), [])
})

test("a body over 64 MiB is 413 before it is read; a file over every limit is 422, whatever its type would be", async () => {
  await using gateway = await startTestGateway({ limits: { bodyBytes: 30 * MB } })
  const large = await postFile(gateway, Buffer.alloc(31 * MB))
  assert.deepEqual([large.status, large.json.code], [413, "body_too_large"])
  const typeLast = new FormData()
  typeLast.set("file", new Blob([Buffer.alloc(21 * MB)]), "a")
  typeLast.set("type", "image")
  const answer = await postForm(gateway, typeLast)
  assert.deepEqual([answer.status, answer.json.errors[0]?.code], [422, "file_too_large"], answer.text)
})

test("a key without the scope, or for an app it does not hold, stores nothing", async () => {
  await using gateway = await startTestGateway({ apps: [ALERTS, HR] })
  const reader = await keyFor(gateway, ["alerts"], ["read"])
  assert.equal((await postFile(gateway, TEXT, { key: reader })).status, 403)
  const key = await keyFor(gateway, ["alerts"])
  assert.equal((await postFile(gateway, TEXT, { key, app: "hr" })).status, 404)
  assert.equal((await postFile(gateway, TEXT, { key, app: "alerts" })).status, 201)
})

const image = (media_id: string) => aMessage({ msgtype: "image", text: undefined, image: { media_id } })

const article = (thumb_media_id: string) => ({ title: "t", thumb_media_id, content: "c" })
const news = (...ids: string[]) =>
  aMessage({ msgtype: "mpnews", text: undefined, mpnews: { articles: ids.map(article) } })
const card = (media_id: string) =>
  aMessage({
    msgtype: "template_card",
    text: undefined,
    template_card: {
      card_type: "text_notice",
      main_title: { title: "t" },
      card_action: { type: 1, url: "https://example.com" },
      horizontal_content_list: [{ keyname: "k", value: "a.txt", type: 2, media_id }],
    },
  })

suite("a message names a file of its app", () => {
  // proves row 5: what belongs to another app
  test("one of its own is accepted; an unknown one, and one of another app, are 422 alike", async () => {
    await using gateway = await startTestGateway({ apps: [ALERTS, HR] })
    const [alerts, hr] = [await keyFor(gateway, ["alerts"]), await keyFor(gateway, ["hr"])]
    const { id } = (await postFile(gateway, PNG, { type: "image", key: alerts })).json
    const ask = (body: unknown, key: string) => gateway.request("/v1/messages", { body, key })
    assert.equal((await ask(image(id), alerts)).status, 202)
    const stranger = await ask({ ...image(id), app: "hr" }, hr)
    const unknown = await ask({ ...image("med_nothing"), app: "hr" }, hr)
    assert.deepEqual([stranger.status, stranger.json.errors], [422, unknown.json.errors])
    assert.deepEqual(
      stranger.json.errors.map(({ path, code }: { path: string; code: string }) => [path, code]),
      [["/image/media_id", "unknown_media"]],
    )
    assert.equal((await gateway.request(`/v1/media/${id}`, { key: hr })).status, 404)
    const own = (await postFile(gateway, PNG, { type: "image", key: hr })).json.id
    assert.equal((await ask({ ...image(own), app: "hr" }, hr)).status, 202)
    assert.equal((await ask(image(own), alerts)).status, 422)
  })

  test("a file of an administrator is for every app, unless one is named", async () => {
    await using gateway = await startTestGateway({ apps: [ALERTS, HR] })
    const { id } = (await postFile(gateway, PNG, { type: "image" })).json
    assert.equal((await gateway.request("/v1/messages", { body: { ...image(id), app: "hr" } })).status, 202)
    const own = (await postFile(gateway, JPG, { type: "image", app: "alerts" })).json.id
    assert.equal((await gateway.request("/v1/messages", { body: { ...image(own), app: "hr" } })).status, 422)
  })

  // proves 4.5: the gateway
  test("every place that takes an id is looked at, and its type has to fit", async () => {
    await using gateway = await startTestGateway()
    const { id: file } = (await postFile(gateway, TEXT)).json
    const { id: picture } = (await postFile(gateway, PNG, { type: "image" })).json
    const codes = async (body: unknown): Promise<unknown[]> => {
      const { status, json } = await gateway.request("/v1/messages", { body })
      return [status, ...(json.errors ?? []).map(({ path, code }: { path: string; code: string }) => `${code} ${path}`)]
    }
    assert.deepEqual(await codes(news(picture, "3wecom-own")), [202])
    assert.deepEqual(await codes(news(picture, file, "med_x")), [
      422,
      "media_type /mpnews/articles/1/thumb_media_id",
      "unknown_media /mpnews/articles/2/thumb_media_id",
    ])
    assert.deepEqual(await codes(card(file)), [202])
    assert.deepEqual(await codes(card(picture)), [202])
    assert.deepEqual(await codes(card("med_x")), [
      422,
      "unknown_media /template_card/horizontal_content_list/0/media_id",
    ])
  })

  test("in a batch the item that names no file fails alone", async () => {
    await using gateway = await startTestGateway()
    const batch = await gateway.request("/v1/messages/batch", { body: [image("med_x"), aMessage()] })
    assert.deepEqual(
      batch.json.map(({ status }: { status: number }) => status),
      [422, 202],
    )
  })
})

test("files survive a restart, and leftovers are swept", async () => {
  await using gateway = await startTestGateway()
  const { id, sha256 } = (await postFile(gateway, TEXT)).json
  await gateway.stop()
  const { writeFileSync } = await import("node:fs")
  writeFileSync(`${gateway.folder.file()}.media/left.part`, "half")
  await using next = await startTestGateway({ folder: gateway.folder })
  assert.equal((await next.request(`/v1/media/${id}`)).status, 200)
  assert.deepEqual(folderOf(next), [sha256])
})

test("the API's description has the form, with the limits", async () => {
  await using gateway = await startTestGateway()
  const { json } = await gateway.request("/openapi.json")
  const { requestBody, responses } = json.paths["/v1/media"].post
  assert.deepEqual(Object.keys(requestBody.content), ["multipart/form-data"])
  const { schema } = requestBody.content["multipart/form-data"]
  assert.deepEqual(schema.required, ["file", "type"])
  assert.equal(schema.properties.file.format, "binary")
  assert.match(schema.properties.type.description, /AMR up to 2 MB and 60 s/)
  assert.deepEqual(Object.keys(responses).slice(0, 2), ["200", "201"])
  assert.ok(json.paths["/v1/media/{id}"].get !== undefined)
})

test("files taken in are counted", async () => {
  await using gateway = await startTestGateway()
  await postFile(gateway, TEXT)
  await postFile(gateway, TEXT)
  const { text } = await gateway.request("/metrics")
  assert.match(text, /wecom_push_media_taken_total\{type="file",result="stored"\} 1/)
  assert.match(text, /wecom_push_media_taken_total\{type="file",result="known"\} 1/)
})
