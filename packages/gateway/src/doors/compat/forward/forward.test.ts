import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { once } from "node:events"
import { request as requestByHttp } from "node:http"
import type { Readable } from "node:stream"
import { suite, test } from "node:test"
import { shared } from "../../../../../../tools/testing/shared.ts"
import { PNG, padded } from "../../../../../simulator/src/testing/sample-media.ts"
import { onEachStore } from "../../http/testing/each-store.ts"
import { ALERTS, CORP_ID, startCompat } from "../testing/compat-under-test.ts"
import type { CompatUnderTest, Reply } from "../testing/compat-under-test.ts"

const world = shared(async (resources) => resources.use(await startCompat()))

interface Wish {
  readonly scopes?: readonly string[]
  readonly forward?: readonly string[]
}

async function tokenFor(compat: CompatUnderTest, { scopes = ["send"], forward = [] }: Wish): Promise<string> {
  const { key } = await compat.key({ scopes, forward, apps: ["alerts"] })
  return compat.token(key)
}

async function ask(compat: CompatUnderTest, token: string, path: string, init: RequestInit = {}): Promise<Reply> {
  const joint = path.includes("?") ? "&" : "?"
  return compat.ask(`${path}${joint}access_token=${token}`, init)
}

const jsonOf = ({ text }: Reply): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>

// proves 32.forward: reads by scope, and by what a key lists
suite("what passes", () => {
  for (const [title, wish, path, errcode] of [
    ["a read of contacts by its scope", { scopes: ["contacts"] }, "user/get?userid=lisi", 0],
    ["one more of them", { scopes: ["contacts"] }, "department/list", 0],
    ["WeCom's own refusal", { scopes: ["contacts"] }, "user/get?userid=outsider", 60111],
    ["a path that the key lists", { forward: ["user/list"] }, "user/list?department_id=3", 0],
    ["a path below one that ends in an asterisk", { forward: ["user/*"] }, "user/list?department_id=3", 0],
    ["no other path", { scopes: ["send", "read"] }, "user/get?userid=lisi", 48002],
    ["no write below an asterisk", { forward: ["user/*"] }, "user/delete?userid=lisi", 48002],
    ["no credential below an asterisk", { forward: ["*"] }, "get_jsapi_ticket", 48002],
    ["no send, whatever is listed", { forward: ["*"] }, "appchat/get?chatid=x", 48002],
  ] as const) {
    test(`${title}: ${errcode}`, async () => {
      const token = await tokenFor(world(), wish)
      const answer = jsonOf(await ask(world(), token, path))
      assert.equal(answer["errcode"], errcode, JSON.stringify(answer))
    })
  }

  test("the answer is WeCom's, byte for byte, and its token stays here", async () => {
    const { sim } = world()
    const token = await tokenFor(world(), { scopes: ["contacts"] })
    const { status, headers, text } = await ask(world(), token, "user/simplelist?department_id=3&%E7%A9%BA=%20x")
    const direct = await fetch(
      `${sim.sim.url}/cgi-bin/user/simplelist?department_id=3&access_token=${await sim.token(ALERTS)}`,
    )
    assert.deepEqual([status, text], [200, await direct.text()])
    assert.equal(headers.get("error-code"), "0")
    const seen = (await sim.calls()).findLast(({ query }) => "空" in query)
    assert.deepEqual([seen?.query["空"], seen?.query["department_id"]], [" x", "3"])
    assert.notEqual(seen?.query["access_token"], token)
  })

  test("a path that WeCom does not know is its empty 404", async () => {
    const token = await tokenFor(world(), { forward: ["user/delete"] })
    const { status, text } = await ask(world(), token, "user/delete?userid=x")
    assert.deepEqual([status, text], [404, ""])
  })

  test("dots and escapes in a path go nowhere", async () => {
    const token = await tokenFor(world(), { forward: ["*"] })
    const before = (await world().sim.calls()).length
    for (const path of [
      "user/../gettoken",
      "user/%2e%2e/gettoken",
      "user%2fget",
      "user/./get",
      "user/get%00",
      "user/get/..",
    ]) {
      const { status, errcode } = await askRaw(world(), `/cgi-bin/${path}?userid=lisi&access_token=${token}`)
      assert.deepEqual([status, errcode], [200, 48002], path)
    }
    assert.equal((await world().sim.calls()).length, before)
  })

  test("without a token it is 41001, with WeCom's own 40014", async () => {
    assert.equal(jsonOf(await world().ask("user/get?userid=lisi"))["errcode"], 41001)
    const ofWecom = await world().sim.token(ALERTS)
    assert.equal(jsonOf(await ask(world(), ofWecom, "user/get?userid=lisi"))["errcode"], 40014)
  })

  test("the audit trail names path and key, and no query", async () => {
    const { id, key } = await world().key({ scopes: ["contacts"], apps: ["alerts"] })
    await ask(world(), await world().token(key), "user/get?userid=lisi")
    const { text } = await world().gateway.request("/v1/audit?limit=100")
    const entries = (JSON.parse(text) as { items: { actor: string; action: string; target: string }[] }).items
    const mine = entries.filter(({ actor, action }) => actor === id && action === "call.forwarded")
    assert.deepEqual(
      mine.map(({ target }) => target),
      ["user/get"],
    )
    assert.doesNotMatch(JSON.stringify(mine), /lisi|access_token/)
  })
})

suite("files pass as they are", () => {
  test("a download with its name, and a range of it", async () => {
    const token = await tokenFor(world(), { scopes: ["media"] })
    const media_id = await world().sim.mediaId("image")
    const whole = await fetch(`${world().gateway.url}/cgi-bin/media/get?media_id=${media_id}&access_token=${token}`)
    assert.match(whole.headers.get("content-disposition") ?? "", /attachment; filename=/)
    assert.deepEqual(Buffer.from(await whole.arrayBuffer()), PNG)
    const part = await fetch(`${world().gateway.url}/cgi-bin/media/get?media_id=${media_id}&access_token=${token}`, {
      headers: { range: "bytes=0-3" },
    })
    assert.deepEqual([part.status, part.headers.get("content-range")], [206, `bytes 0-3/${PNG.length}`])
    assert.deepEqual(Buffer.from(await part.arrayBuffer()), PNG.subarray(0, 4))
  })

  test("a picture up, short or long", async () => {
    const token = await tokenFor(world(), { scopes: ["media"] })
    for (const bytes of [PNG, padded(PNG, 2 * 1024 * 1024)]) {
      const { errcode, url } = jsonOf(await upload(world(), token, bytes))
      assert.equal(errcode, 0)
      assert.deepEqual(digestOf(Buffer.from(await (await fetch(String(url))).arrayBuffer())), digestOf(bytes))
    }
  })

  test("what the gateway keeps is answered by itself, for who may see it", async () => {
    const sender = await world().token((await world().key({ scopes: ["send"], apps: ["alerts"] })).key)
    const form = new FormData()
    form.append("media", new Blob([PNG]), "图.png")
    const stored = jsonOf(await ask(world(), sender, "media/upload?type=image", { method: "POST", body: form }))
    const id = String(stored["media_id"])
    assert.match(id, /^med_/)
    const token = await tokenFor(world(), { scopes: ["media"] })
    const url = `${world().gateway.url}/cgi-bin/media/get?media_id=${id}&access_token=${token}`
    const whole = await fetch(url)
    assert.equal(whole.headers.get("content-type"), "image/png")
    assert.equal(
      Buffer.from(whole.headers.get("content-disposition") ?? "", "latin1").toString(),
      'attachment; filename="图.png"',
    )
    assert.deepEqual(Buffer.from(await whole.arrayBuffer()), PNG)
    const part = await fetch(url, { headers: { range: "bytes=-4" } })
    assert.deepEqual([part.status, (await part.arrayBuffer()).byteLength], [206, 4])
    for (const [range, errcode] of [
      ["bytes=999999-", 40146],
      ["bytes=a-b", 40146],
    ] as const) {
      assert.equal(((await (await fetch(url, { headers: { range } })).json()) as { errcode: number }).errcode, errcode)
    }
    assert.equal(jsonOf(await ask(world(), token, "media/get?media_id=med_unknown"))["errcode"], 40007)
    assert.equal(jsonOf(await ask(world(), sender, `media/get?media_id=${id}`))["errcode"], 48002)
  })
})

// proves 32.forward: a dead token costs one new one
suite("a dead token", () => {
  test("costs one gettoken, however many calls meet it, and no caller learns of it", async () => {
    await using compat = await startCompat()
    const token = await tokenFor(compat, { scopes: ["contacts", "media"] })
    assert.equal(jsonOf(await ask(compat, token, "tag/list"))["errcode"], 0)
    await compat.sim.control("POST", "tokens/revoke")
    const answers = await Promise.all([
      ...Array.from({ length: 10 }, () => ask(compat, token, "user/get?userid=lisi")),
      upload(compat, token, PNG),
    ])
    assert.deepEqual(new Set(answers.map((one) => jsonOf(one)["errcode"])), new Set([0]))
    const gettokens = (await compat.sim.calls()).filter(({ path }) => path === "/cgi-bin/gettoken")
    assert.equal(gettokens.length, 2)
  })

  test("is 42001 for a body that is too long to be sent again, and the next one goes", async () => {
    await using compat = await startCompat()
    const token = await tokenFor(compat, { scopes: ["media"] })
    const long = padded(PNG, 1_500_000)
    assert.equal(jsonOf(await upload(compat, token, long))["errcode"], 0)
    await compat.sim.control("POST", "tokens/revoke")
    assert.equal(jsonOf(await upload(compat, token, long))["errcode"], 42001)
    assert.equal((await compat.sim.calls()).at(-1)?.path, "/cgi-bin/gettoken")
    assert.equal(jsonOf(await upload(compat, token, long))["errcode"], 0)
  })
})

suite("what goes wrong on the way", () => {
  test("a page of a proxy, and a cut connection, are -1 and never 5xx", async () => {
    await using compat = await startCompat()
    const token = await tokenFor(compat, { scopes: ["contacts"] })
    for (const kind of ["html", "reset_before", "reset_after"]) {
      await compat.sim.control("POST", "faults", { path: "user/get", kind, times: 1 })
      const answer = await ask(compat, token, "user/get?userid=lisi")
      assert.deepEqual([answer.status, jsonOf(answer)["errcode"]], [200, -1], kind)
    }
  })

  test("an answer that is cut in the middle ends the caller's answer, too", async () => {
    await using compat = await startCompat()
    const token = await tokenFor(compat, { scopes: ["contacts"] })
    await compat.sim.control("POST", "faults", { path: "user/get", kind: "truncate", bytes: 20, times: 1 })
    const answer = await ask(compat, token, "user/get?userid=lisi").catch(() => undefined)
    assert.ok(answer === undefined || jsonOf(answer)["errcode"] === -1)
    assert.equal(jsonOf(await ask(compat, token, "user/get?userid=lisi"))["errcode"], 0)
  })

  test("a paused app answers what paused it, and WeCom is not asked", async () => {
    await using compat = await startCompat()
    const token = await tokenFor(compat, { scopes: ["send", "contacts"] })
    await compat.sim.org((org) => void (org.trusted_ips = ["10.9.9.9"]))
    await compat.send({}, (await compat.key({ apps: ["alerts"] })).key)
    const before = (await compat.sim.calls()).length
    assert.equal(jsonOf(await ask(compat, token, "user/get?userid=lisi"))["errcode"], 60020)
    assert.equal((await compat.sim.calls()).length, before)
  })

  test("a caller that leaves ends the call to WeCom", async () => {
    await using compat = await startCompat()
    const token = await tokenFor(compat, { scopes: ["contacts"] })
    await compat.sim.control("POST", "faults", { path: "user/get", kind: "hang_before", times: 1 })
    const { hostname, port } = new URL(compat.gateway.url)
    const path = `/cgi-bin/user/get?userid=lisi&access_token=${token}`
    const asked = requestByHttp({ hostname, port, path, agent: false }).on("error", () => undefined)
    asked.end()
    while ((await compat.sim.calls()).at(-1)?.path !== "/cgi-bin/user/get") await new Promise(setImmediate)
    asked.destroy()
    const refused = (): boolean => compat.gateway.logLines.some((line) => line.includes('"errcode":-1'))
    while (!refused()) await new Promise(setImmediate)
    assert.equal(jsonOf(await ask(compat, token, "user/get?userid=lisi"))["errcode"], 0)
  })

  test("bodies beyond 64 MiB, and other verbs, are refused in WeCom's words", async () => {
    const token = await tokenFor(world(), { scopes: ["media"] })
    const { errcode } = await askRaw(world(), `/cgi-bin/media/uploadimg?access_token=${token}`, {
      method: "POST",
      headers: { "content-length": String(65 * 1024 * 1024), "content-type": "multipart/form-data; boundary=x" },
    })
    assert.equal(errcode, 40206)
    assert.equal(jsonOf(await ask(world(), token, "media/get?media_id=x", { method: "PUT" }))["errcode"], 40058)
  })
})

onEachStore("a key forwards what it lists, and gives away no more", (started) => {
  const gettoken = async (key: string): Promise<string> => {
    const { json } = await started().request(`/cgi-bin/gettoken?corpid=${CORP_ID}&corpsecret=${key}`, { key: null })
    return String(json.access_token)
  }

  // proves 32.forward: kept with the key, on each store
  test("it is kept with the key, shown, and rotated with it", async () => {
    const forward = ["user/list", "tag/*"]
    const body = { name: "reader", scopes: ["contacts"], apps: ["alerts"], forward }
    const made = await started().request("/v1/keys", { body })
    assert.deepEqual([made.status, made.json.forward, made.json.scopes], [201, forward, ["contacts"]])
    const rotated = await started().request(`/v1/keys/${made.json.id}/rotate`, { method: "POST" })
    assert.deepEqual([rotated.status, rotated.json.forward], [201, forward])
    const token = await gettoken(rotated.json.key)
    const { json } = await started().request(`/cgi-bin/user/list?department_id=3&access_token=${token}`, { key: null })
    assert.equal(json.errcode, 0)
  })

  test("what can never pass, and what is no path, is refused by its place in the list", async () => {
    for (const [path, code] of [
      ["message/send", "not_allowed"],
      ["user/../x", "bad_format"],
    ]) {
      const body = { name: "x", scopes: ["read"], apps: ["alerts"], forward: ["user/get", path] }
      const { status, json } = await started().request("/v1/keys", { body })
      assert.deepEqual([status, json.errors[0].path, json.errors[0].code], [422, "/forward/1", code], path)
    }
  })

  test("an administrator of one app gives away no path that it does not hold itself", async () => {
    const scopes = ["admin", "contacts"]
    const holder = await started().request("/v1/keys", {
      body: { name: "a", scopes, apps: ["alerts"], forward: ["tag/*"] },
    })
    const make = (forward: readonly string[]) =>
      started().request("/v1/keys", {
        key: holder.json.key,
        body: { name: "b", scopes: ["contacts"], apps: ["alerts"], forward },
      })
    assert.equal((await make(["tag/get"])).status, 201)
    assert.equal((await make(["user/list"])).json.code, "beyond_reach")
  })
})

async function upload(compat: CompatUnderTest, token: string, bytes: Uint8Array<ArrayBuffer>): Promise<Reply> {
  const form = new FormData()
  form.append("media", new Blob([bytes]), "a.png")
  return ask(compat, token, "media/uploadimg", { method: "POST", body: form })
}

function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex")
}

/** Does not use `fetch`, which would normalise the path. */
async function askRaw(
  compat: CompatUnderTest,
  path: string,
  init: { readonly method?: string; readonly headers?: Record<string, string> } = {},
): Promise<{ status: number | undefined; errcode: unknown }> {
  const { hostname, port } = new URL(compat.gateway.url)
  const asked = requestByHttp({ hostname, port, path, agent: false, ...init })
  asked.on("error", () => undefined)
  asked.flushHeaders()
  if (init.method === undefined) asked.end()
  const [response] = (await once(asked, "response")) as [Readable & { statusCode?: number }]
  const text = Buffer.concat(await Array.fromAsync(response as AsyncIterable<Buffer>)).toString()
  asked.destroy()
  return {
    status: response.statusCode,
    errcode: text === "" ? undefined : (JSON.parse(text) as { errcode: unknown }).errcode,
  }
}
