import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { shared } from "../../../../../tools/testing/shared.ts"
import { onEachStore } from "./testing/each-store.ts"
import { startTestGateway } from "./testing/start-gateway.ts"
import type { RequestOptions, TestAnswer } from "./testing/start-gateway.ts"
import { startSeveral } from "./testing/start-several.ts"

const SOURCE = { name: "cron", adapter: "text", app: "alerts", to: { mobiles: ["13800000001"], users: ["lisi"] } }

onEachStore("a source", (started) => {
  // proves 32.in.sources: its token reaches its audience alone, on each store
  test("its token, shown once, reaches its audience and no others, with its priority", async () => {
    const { request, until, phone } = started()
    const made = await request("/v1/sources", { body: { ...SOURCE, priority: "high" } })
    assert.equal(made.status, 201, made.text)
    const { id, token, url } = made.json
    assert.match(token, /^wps_[a-z0-9]{50}$/)
    assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/in\/text$/)
    const seen = await request(`/v1/sources/${id}`)
    assert.equal(seen.json.token, undefined)
    assert.equal(seen.json.prefix, token.slice(0, 8))
    assert.doesNotMatch((await request("/v1/sources")).text, new RegExp(token))

    const sent = await request("/in/text", { key: token, body: "备份完成" })
    assert.equal(sent.status, 202, sent.text)
    assert.equal(sent.json.recipients, 2)
    const message = await until(sent.json.id, "sent")
    assert.equal(message["priority"], "high")
    for (const userid of ["zhangsan", "lisi"]) {
      assert.deepEqual(
        (await phone(userid)).map(({ body }) => body.text.content),
        ["备份完成"],
      )
    }
    const to = await request("/in/text?to=WangWu", { key: token, body: "a" })
    assert.deepEqual([to.status, to.json.code, to.json.errors[0].path], [422, "invalid_value", "to"])
    assert.equal((await request("/v1/messages", { key: token, body: {} })).status, 401)
    const lastUsed = async () => (await request(`/v1/sources/${id}`)).json.last_used_at
    assert.equal(seen.json.last_used_at, null)
    while ((await lastUsed()) === null) await sleep(50)
    assert.ok(Math.abs(Date.parse(await lastUsed()) - Date.now()) < 60_000)
    assert.equal((await request(`/v1/messages/${sent.json.id}`, { key: token })).status, 401)
  })

  // proves 32.in.sources: rotated, changed, removed, on each store
  test("another token takes over at once or after a time, a change is in force at once, and one that is removed is unknown", async () => {
    const { request } = started()
    const { id, token } = (await request("/v1/sources", { body: SOURCE })).json
    const post = async (key: string) => {
      const answer = await request("/in/text", { key, body: `a ${Math.random()}` })
      return answer.status === 202 ? answer.json.recipients : answer.status
    }
    assert.equal(await post(token), 2)
    const second = await request(`/v1/sources/${id}/rotate`, { method: "POST" })
    assert.equal(second.status, 201, second.text)
    assert.deepEqual([await post(token), await post(second.json.token)], [401, 2])
    const third = await request(`/v1/sources/${id}/rotate`, { body: { old_token_s: 3600 } })
    assert.deepEqual([await post(token), await post(second.json.token), await post(third.json.token)], [401, 2, 2])
    assert.notEqual(third.json.old_token_until, null)

    const changed = await request(`/v1/sources/${id}`, { method: "PATCH", body: { to: { users: ["lisi"] } } })
    assert.equal(changed.status, 200, changed.text)
    assert.equal(await post(third.json.token), 1)
    const etag = (await request(`/v1/sources/${id}`)).headers.get("etag") ?? ""
    const stale = { method: "DELETE", headers: { "if-match": '"1-1"' } }
    assert.equal((await request(`/v1/sources/${id}`, stale)).status, 412)
    assert.equal((await request(`/v1/sources/${id}`, { ...stale, headers: { "if-match": etag } })).status, 204)
    assert.equal(await post(third.json.token), 401)
    assert.equal((await request(`/v1/sources/${id}`)).status, 404)
  })

  test("once its app is removed it takes nothing in, and says which app is missing and what to do", async () => {
    const { request } = started()
    const apps = [
      { name: "gone", corp_id: "ww0000000000000001", agent_id: 1_000_004, secret: "sim-secret-root" },
      { name: "gone-robot", kind: "robot", robot_key: "sim-robot" },
    ]
    for (const app of apps) {
      assert.equal((await request("/v1/apps", { body: app })).status, 201)
      const to = app.kind === "robot" ? {} : SOURCE.to
      const { id, token } = (await request("/v1/sources", { body: { ...SOURCE, app: app.name, to } })).json
      assert.equal((await request(`/v1/apps/${app.name}`, { method: "DELETE" })).status, 204)
      const said = new RegExp(`app ${app.name} of this source was removed.*PATCH /v1/sources/${id}`)
      for (const path of ["/in/text", "/in/text?dry_run=true"]) {
        const refused = await request(path, { key: token, body: "备份完成" })
        assert.deepEqual([refused.status, refused.json.code], [404, "not_found"], refused.text)
        assert.match(refused.json.detail, said)
      }
      const changed = await request(`/v1/sources/${id}`, { method: "PATCH", body: { app: "alerts", to: SOURCE.to } })
      assert.equal(changed.status, 200, changed.text)
      assert.equal((await request("/in/text", { key: token, body: `${app.name} again` })).status, 202)
    }
  })
})

test("a dry run of a key is refused as the request itself would be", async () => {
  await using gateway = await startTestGateway()
  for (const query of ["to=lisi&app=nope", "to=@all", "to=lisi|zhangsan", ""]) {
    const [wet, dry] = [
      await gateway.request(`/in/text?${query}`, { body: "x" }),
      await gateway.request(`/in/text?dry_run=true&${query}`, { body: "x" }),
    ]
    assert.ok(wet.status >= 400, query)
    assert.deepEqual([dry.status, dry.json.errors], [wet.status, wet.json.errors], query)
  }
})

suite("/v1/sources", () => {
  const started = shared(async (resources) => resources.use(await startTestGateway()))
  const reached = () => ({ request: (path: string, init?: RequestOptions) => started().request(path, init) })

  // proves 32.in.sources: within the reach of who makes it
  test("an administrator's source reaches no more than the administrator's own key", async () => {
    const { request } = reached()
    const keyOf = async (rest: object) => {
      const body = { name: "k", scopes: ["admin", "send"], apps: ["alerts"], ...rest }
      return (await request("/v1/keys", { body })).json.key
    }
    const capped = await keyOf({ audience_cap: 2 })
    const rows: readonly [body: object, status: number][] = [
      [{}, 201],
      [{ to: { users: ["a", "b", "c"] } }, 403],
      [{ to: { departments: [1] } }, 403],
      [{ to: { all: true } }, 403],
    ]
    for (const [change, status] of rows) {
      const answer = await request("/v1/sources", { key: capped, body: { ...SOURCE, ...change } })
      assert.equal(answer.status, status, answer.text)
    }
    const all = await keyOf({ scopes: ["admin", "send", "send_all"] })
    assert.equal((await request("/v1/sources", { key: all, body: { ...SOURCE, to: { all: true } } })).status, 201)
    const withoutSend = await keyOf({ scopes: ["admin"] })
    assert.equal((await request("/v1/sources", { key: withoutSend, body: SOURCE })).status, 403)
  })

  test("what cannot be a source is refused with the field", async () => {
    const { request } = reached()
    const rows: readonly [change: object, path: string][] = [
      [{ adapter: "telex" }, "/adapter"],
      [{ app: "none" }, "/app"],
      [{ to: {} }, "/to"],
      [{ to: { users: ["a|b"] } }, "/to/users/0"],
      [{ priority: "urgent" }, "/priority"],
      [{ name: "" }, "/name"],
      [{ signing_secret: "short" }, "/signing_secret"],
      [{ signing_secret: "that no request is checked by" }, "/signing_secret"],
    ]
    for (const [change, path] of rows) {
      const { status, json, text } = await request("/v1/sources", { body: { ...SOURCE, ...change } })
      assert.deepEqual([status, json.errors?.[0]?.path], [422, path], text)
    }
  })

  test("a signing secret is never shown, and each change is in the audit trail without it", async () => {
    const { request } = reached()
    const body = { ...SOURCE, adapter: "github", signing_secret: "canary-of-signing" }
    const { id, is_signed, url } = (
      await request("/v1/sources", { body, headers: { "x-forwarded-proto": "https", host: "push.example.com" } })
    ).json
    assert.equal(is_signed, true)
    assert.match(url, /^https:\/\//)
    await request(`/v1/sources/${id}`, { method: "PATCH", body: { signing_secret: "canary-of-another" } })
    await request(`/v1/sources/${id}/rotate`, { method: "POST" })
    await request(`/v1/sources/${id}`, { method: "DELETE" })
    const { json, text } = await request("/v1/audit?limit=100")
    const actions = json.items.filter(({ target }: { target: string }) => target === id)
    assert.deepEqual(
      actions.map(({ action }: { action: string }) => action),
      ["source.deleted", "source.rotated", "source.changed", "source.created"],
    )
    assert.doesNotMatch(text + started().logLines.join(""), /canary/)
  })

  // proves 32.in.audit: from where a source was used
  test("the audit trail says once a day from which address a source was used", async () => {
    const { request } = reached()
    const { id, token } = (await request("/v1/sources", { body: SOURCE })).json
    for (const body of ["a", "b"]) assert.equal((await request("/in/text", { key: token, body })).status, 202)
    await request(`/v1/sources/${id}`, { method: "DELETE" })
    const { items } = (await request("/v1/audit?limit=100")).json
    const own = items.filter(({ actor }: { actor: string }) => actor === id)
    assert.deepEqual(
      own.map(({ action, from }: { action: string; from: string }) => [action, from]),
      [["source.used", "127.0.0.1"]],
    )
  })
})

// proves 32.in.sources: known to all nodes within a second
test("what one gateway changes of a source the others know within a second", async () => {
  await using several = await startSeveral(2)
  const made = await several.request(0, "/v1/sources", { body: { ...SOURCE, to: { users: ["lisi"] } } })
  const { id, token } = made.json
  /** If the database is too busy for a while, that says nothing about the source. */
  const post = async (key: string): Promise<TestAnswer> => {
    const answer = await several.request(1, "/in/text", { key, body: "a" })
    return answer.status === 503 ? post(key) : answer
  }
  assert.equal((await post(token)).status, 202)
  const rotated = await several.request(0, `/v1/sources/${id}/rotate`, { method: "POST" })
  assert.equal((await post(rotated.json.token)).status, 202)
  const began = performance.now()
  // If the other gateway were not notified, it would never know of the change.
  while ((await post(token)).status === 202) assert.ok(performance.now() - began < 60_000, "it is served still")
})
