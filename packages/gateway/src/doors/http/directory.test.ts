import assert from "node:assert/strict"
import { test } from "node:test"
import { setTimeout as delay } from "node:timers/promises"
import type { OnAStore } from "./testing/each-store.ts"
import { addFault, onEachStore } from "./testing/each-store.ts"

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers freely
type Json = Record<string, any>

/** How often WeCom was asked for a path. */
async function asked({ simulator }: OnAStore, path: string): Promise<number> {
  const { calls } = (await (await fetch(`${simulator.url}/_sim/calls`)).json()) as { calls: { path: string }[] }
  return calls.filter((call) => call.path === `/cgi-bin/${path}`).length
}

onEachStore("what an app sees is read through and kept", (started) => {
  const get = async (path: string): Promise<Json> => {
    const { status, json } = await started().request(`/v1/apps/alerts/${path}`)
    assert.equal(status, 200, JSON.stringify(json))
    return json
  }
  const userids = async (query: string): Promise<string[]> =>
    (await get(`members${query}`))["items"].map(({ userid }: Json) => userid)

  // proves 32.reads: the gateway
  test("departments, members and tags, asked of WeCom once", async () => {
    const departments = await get("departments")
    assert.deepEqual(departments["items"], [
      { id: 2, name: "研发部", parent_id: 1, order: 2 },
      { id: 3, name: "人事部", parent_id: 1, order: 1 },
    ])
    assert.deepEqual([departments["directory"].state, departments["directory"].departments], ["read", 2])
    assert.deepEqual(await userids(""), ["007", "lisi", "unlicensed", "WangWu", "zhangsan"])
    assert.deepEqual((await get("tags"))["items"], [{ id: 1, name: "值班" }])
    assert.equal(await asked(started(), "user/simplelist"), 2)
    assert.equal(await asked(started(), "department/list"), 1)
  })

  test("members are found by a part of a name or userid, and by a mobile; numbers that are none are not asked for", async () => {
    assert.deepEqual(await userids("?q=%E4%B8%89"), ["zhangsan"])
    assert.deepEqual(await userids("?q=WANG"), ["WangWu"])
    assert.deepEqual(await userids("?q=007"), ["007"])
    assert.equal(await asked(started(), "user/getuserid"), 0)
    assert.deepEqual(await userids("?q=13800000002"), ["lisi"])
    assert.deepEqual(await userids("?q=13800000002"), ["lisi"])
    assert.equal(await asked(started(), "user/getuserid"), 1)
    assert.deepEqual(await userids("?department=3"), ["007", "WangWu"])
  })

  test("page after page", async () => {
    const first = await get("members?limit=3")
    assert.deepEqual(
      first["items"].map(({ userid }: Json) => userid),
      ["007", "lisi", "unlicensed"],
    )
    const second = await get(`members?limit=3&cursor=${first["next_cursor"]}`)
    assert.deepEqual(
      second["items"].map(({ userid }: Json) => userid),
      ["WangWu", "zhangsan"],
    )
    assert.equal(second["next_cursor"], null)
  })

  test("who has a tag, asked of WeCom once, page after page", async () => {
    // The app sees these members by a tag of its range.
    const before = await asked(started(), "tag/get")
    const tag = await get("tags/1")
    assert.deepEqual([tag["id"], tag["name"], tag["departments"], tag["next_cursor"]], [1, "值班", [], null])
    assert.deepEqual(tag["items"], [
      { userid: "WangWu", name: "王五" },
      { userid: "zhangsan", name: "张三" },
    ])
    assert.deepEqual([tag["directory"].state, tag["directory"].departments], ["read", null])
    const first = await get("tags/1?limit=1")
    const second = await get(`tags/1?limit=1&cursor=${first["next_cursor"]}`)
    assert.deepEqual([first["items"][0].userid, second["items"][0].userid], ["WangWu", "zhangsan"])
    assert.equal(second["next_cursor"], null)
    assert.equal(await asked(started(), "tag/get"), before + 1)
    assert.equal((await get("tags/1?fresh=true"))["directory"].state, "read")
    assert.equal(await asked(started(), "tag/get"), before + 2)
  })

  test("a tag that there is not, and one that the app does not see, are 404", async () => {
    for (const id of ["99", "2", "9999999999"]) {
      const { status, json } = await started().request(`/v1/apps/alerts/tags/${id}`)
      assert.deepEqual([status, json.code], [404, "not_found"], id)
    }
    assert.equal((await started().request("/v1/apps/alerts/tags/one")).status, 422)
  })

  test("a tag that cannot be read anew stays as it was; one that was removed goes", async () => {
    await get("tags/1")
    await addFault(started(), { path: "tag/get", kind: "errcode", errcode: 45009 })
    const failed = await get("tags/1?fresh=true")
    assert.deepEqual([failed["directory"].state, failed["items"].length], ["failed", 2])
    await addFault(started(), { path: "tag/get", kind: "errcode", errcode: 40068 })
    assert.equal((await started().request("/v1/apps/alerts/tags/1?fresh=true")).status, 404)
    assert.equal((await get("tags/1"))["directory"].state, "read")
  })

  test("reading anew fails where WeCom refuses, tells it, and keeps what there was", async () => {
    await addFault(started(), { path: "user/simplelist", kind: "errcode", errcode: 60011 })
    const failed = await get("members?fresh=true&limit=1")
    assert.deepEqual([failed["directory"].state, failed["items"].length], ["failed", 1])
    const mended = await get("members?fresh=true&limit=1")
    assert.equal(mended["directory"].state, "read")
    assert.ok(mended["directory"].read_at >= failed["directory"].read_at)
  })

  test("who asks while it is read learns how far that is", async () => {
    await addFault(started(), { path: "user/simplelist", kind: "slow", delay_ms: 300, times: 2 })
    const ended = get("departments?fresh=true")
    let now: Json
    do {
      await delay(5)
      now = (await get("members?limit=1"))["directory"]
    } while (now["state"] !== "reading" || now["departments"] === null)
    assert.deepEqual([now["departments"], now["departments_read"] < 2], [2, true])
    assert.equal((await ended)["directory"].state, "read")
  })

  test("it takes scope contacts", async () => {
    const make = async (scopes: readonly string[]): Promise<string> =>
      (await started().request("/v1/keys", { body: { name: "k", scopes, apps: ["alerts"] } })).json.key
    const [sender, reader] = await Promise.all([make(["send", "read"]), make(["contacts"])])
    const path = "/v1/apps/alerts/tags"
    assert.equal((await started().request(path, { key: sender ?? "" })).status, 403)
    assert.equal((await started().request(path, { key: reader ?? "" })).status, 200)
  })
})
