import assert from "node:assert/strict"
import { hash } from "node:crypto"
import { test } from "node:test"
import { addFault, onEachStore } from "./testing/each-store.ts"
import type { OnAStore } from "./testing/each-store.ts"
import { JPG, padded, PNG, postFile, TEXT } from "./testing/media-form.ts"

const MB = 1024 * 1024
const post = (body: unknown) => ({ method: "POST", body: JSON.stringify(body) })
const patch = (body: unknown) => ({ method: "PATCH", body: JSON.stringify(body) })
const text = (content: string) => ({ msgtype: "text", text: { content } })
const imageOf = (media_id: string) => ({ msgtype: "image", image: { media_id } })
const ofCorp = (name: string) => ({
  name,
  corp_id: "ww0000000000000001",
  agent_id: 1_000_002,
  secret: "sim-secret-alerts",
})

onEachStore("apps that are group robots", (started) => {
  const register = async (name: string, key: string): Promise<void> => {
    await setRobots(started(), (robots) =>
      robots.some((robot) => robot["key"] === key) ? robots : [...robots, { key, members: ["zhangsan", "lisi"] }],
    )
    const made = await started().request("/v1/apps", post({ name, kind: "robot", robot_key: key }))
    assert.equal(made.status, 201, JSON.stringify(made.json))
  }
  const send = async (app: string, message: object) => {
    const { status, json } = await started().request("/v1/messages", post({ app, ...message }))
    assert.equal(status, 202, JSON.stringify(json))
    return String(json["id"])
  }
  const rowsOf = async (id: string) => (await started().request(`/v1/messages/${id}/recipients`)).json["items"]

  // proves 32.robots: from the door to the phones of the group, with one row
  test("a message without `to` reaches the group, and has one recipient of type robot", async () => {
    await register("ops", "robot-ops")
    const id = await send("ops", { msgtype: "markdown_v2", markdown_v2: { content: "| a |\n| - |\n| b |" } })
    await started().until(id, "sent")
    const [row, ...others] = await rowsOf(id)
    assert.deepEqual([row.type, row.address, row.state, row.msgid, others], ["robot", "ops", "sent", null, []])
    const shown = (await started().phone("lisi")).filter(({ robot }) => robot === "robot-ops")
    assert.deepEqual(
      shown.map(({ body }) => body.markdown_v2.content),
      ["| a |\n| - |\n| b |"],
    )
  })

  // proves 32.robots: its key is shown by no answer
  test("its key is in no answer, and the whole address will do", async () => {
    const robot_key = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=KEYCANARY"
    const made = await started().request("/v1/apps", post({ name: "hidden", kind: "robot", robot_key }))
    const seen = [made, await started().request("/v1/apps"), await started().request("/v1/audit")]
    for (const { json } of seen) assert.doesNotMatch(JSON.stringify(json), /CANARY/)
    assert.deepEqual(
      [made.status, made.json["kind"], made.json["corp_id"], made.json["agent_id"]],
      [201, "robot", null, null],
    )
  })

  for (const [title, body, path, code] of [
    [
      "an address of another host",
      { robot_key: "https://evil.example/cgi-bin/webhook/send?key=CANARY" },
      "/robot_key",
      "not_allowed",
    ],
    ["a key that is none", { robot_key: "CANARY?x" }, "/robot_key", "bad_format"],
    ["no key", {}, "/robot_key", "required"],
    ["a secret beside it", { robot_key: "k", secret: "CANARY" }, "/secret", "not_allowed"],
  ] as const) {
    test(`${title} registers no robot: 422 names the field, and shows nothing of it`, async () => {
      const { status, json } = await started().request("/v1/apps", post({ name: "bad", kind: "robot", ...body }))
      assert.deepEqual([status, json["errors"][0].path, json["errors"][0].code], [422, path, code])
      assert.doesNotMatch(JSON.stringify(json), /CANARY/)
    })
  }

  test("an app of a corp needs what it needed: each missing field is named", async () => {
    const { status, json } = await started().request("/v1/apps", post({ name: "bad", agent_id: 1, robot_key: "k" }))
    assert.equal(status, 422)
    assert.deepEqual(
      json["errors"].map(({ path, code }: { path: string; code: string }) => [path, code]),
      [
        ["/corp_id", "required"],
        ["/secret", "required"],
        ["/robot_key", "not_allowed"],
      ],
    )
  })

  // proves 32.robots: what it cannot send is refused at the door
  test("what a robot cannot send is refused when it comes: 422 names the field", async () => {
    await register("strict", "robot-strict")
    for (const [message, path, code] of [
      [{ ...text("a".repeat(2049)) }, "/text/content", "too_long"],
      [{ msgtype: "markdown", markdown: { content: "a".repeat(4097) } }, "/markdown/content", "too_long"],
      [{ msgtype: "textcard", textcard: {} }, "/msgtype", "not_allowed"],
      [{ ...text("x"), to: { users: ["lisi"] } }, "/to", "not_supported"],
      [{ ...text("x"), to: { mobiles: ["13800000001"] } }, "/to", "not_supported"],
      [{ ...text("x"), enable_duplicate_check: 1 }, "/enable_duplicate_check", "not_supported"],
      [{ msgtype: "image", image: { media_id: "3mEdIa" } }, "/image/base64", "required"],
      [{ msgtype: "image", image: { media_id: "med_x" } }, "/image/media_id", "unknown_media"],
    ] as const) {
      const { status, json } = await started().request("/v1/messages", post({ app: "strict", ...message }))
      assert.equal(status, 422, JSON.stringify(json))
      const { errors } = json as { errors: { path: string; code: string }[] }
      assert.ok(
        errors.some((error) => error.path === path && error.code === code),
        JSON.stringify(errors),
      )
    }
    const markdown = await send("strict", { msgtype: "markdown", markdown: { content: "a".repeat(4096) } })
    const split = await send("strict", { ...text("日志 ".repeat(500)), overflow: "split" })
    for (const id of [markdown, split]) await started().until(id, "sent")
    const lookup = await started().request("/v1/lookup", post({ app: "strict", mobile: "13800000001" }))
    assert.deepEqual([lookup.status, lookup.json["errors"][0].code], [422, "not_supported"])
  })

  test("an app of a corp takes what it took: a robot's types are none of its", async () => {
    const message = { app: "alerts", to: { users: ["lisi"] }, msgtype: "markdown_v2", markdown_v2: { content: "x" } }
    assert.equal((await started().request("/v1/messages", post(message))).status, 422)
  })

  // proves 32.robots: a file is uploaded for the robot alone
  test("a file is uploaded for each robot that sends it, once", async () => {
    await register("files", "robot-files")
    await register("others", "robot-others")
    const ids = new Map<string, string>()
    for (const app of ["files", "others"]) {
      const { status, json } = await postFile(started(), TEXT, { app })
      assert.ok(status < 300, JSON.stringify(json))
      ids.set(app, String(json["id"]))
    }
    for (const app of ["files", "files", "others"]) {
      const id = await send(app, { msgtype: "file", file: { media_id: ids.get(app) } })
      await started().until(id, "sent")
    }
    const calls = await callsOf(started(), "webhook/upload_media")
    assert.equal(calls.length, 2)
  })

  // proves 32.robots: an image is a file that was handed in
  test("an image is a file that was handed in: it goes out in the message, and nothing is uploaded", async () => {
    await register("pictures", "robot-pictures")
    const handIn = async (bytes: Uint8Array<ArrayBuffer>, type = "image"): Promise<string> => {
      const { status, json } = await postFile(started(), bytes, { app: "pictures", type })
      assert.ok(status < 300, JSON.stringify(json))
      return String(json["id"])
    }
    const uploads = (await callsOf(started(), "webhook/upload_media")).length
    for (const picture of [PNG, padded(JPG, 2 * MB)]) {
      const id = await send("pictures", imageOf(await handIn(picture)))
      await started().until(id, "sent")
      const shown = (await started().phone("lisi")).findLast(({ robot }) => robot === "robot-pictures")
      assert.equal(shown?.["body"].image.md5, hash("md5", picture))
      assert.equal(shown?.["body"].image.base64, Buffer.from(picture).toString("base64"))
    }
    assert.equal((await callsOf(started(), "webhook/upload_media")).length, uploads)
    for (const [bytes, type, code] of [
      [padded(PNG, 2 * MB + 1), "image", "media_size"],
      [TEXT, "file", "media_type"],
    ] as const) {
      const { status, json } = await started().request(
        "/v1/messages",
        post({ app: "pictures", ...imageOf(await handIn(bytes, type)) }),
      )
      assert.deepEqual([status, json["errors"][0].path, json["errors"][0].code], [422, "/image/media_id", code])
    }
  })

  // proves 32.robots: 20 a minute, counted for the robot
  test("the 21st message of a minute waits as `target_rate`, whatever name the robot has", async () => {
    await register("busy", "robot-busy")
    await register("busy-too", "robot-busy")
    const ids: string[] = []
    for (let n = 0; n < 21; n++) ids.push(await send(n % 2 === 0 ? "busy" : "busy-too", text(`${n}`)))
    const last = ids.pop() ?? ""
    for (const id of ids) await started().until(id, "sent")
    const [row] = await rowsOf(last)
    assert.deepEqual([row.state, row.reason], ["pending", "target_rate"])
    assert.equal((await callsOf(started(), "webhook/send")).filter(({ errcode }) => errcode === 45009).length, 0)
    const apps = (await started().request("/v1/apps")).json["items"] as { name: string; same_agent: string[] }[]
    assert.deepEqual(apps.find(({ name }) => name === "busy")?.same_agent, ["busy-too"])
  })

  for (const [state, errcode] of [
    ["removed", 93000],
    ["stopped", 93004],
  ] as const) {
    // proves 32.robots: 93000 and 93004 pause it until that is mended
    test(`a robot that was ${state} is paused, and another key sends what waits`, async () => {
      await register(`paused-${state}`, `robot-${state}`)
      await setRobots(started(), (robots) =>
        robots.map((robot) => (robot["key"] === `robot-${state}` ? { ...robot, state } : robot)),
      )
      const id = await send(`paused-${state}`, text("x"))
      const pause = async () => (await started().request(`/v1/apps/paused-${state}`)).json["pause"]
      while ((await pause()) === null) await new Promise((wake) => setTimeout(wake, 20))
      assert.equal((await pause())?.errcode, errcode)
      await setRobots(started(), (robots) => [...robots, { key: `robot-${state}-2`, members: ["lisi"] }])
      const change = patch({ robot_key: `robot-${state}-2` })
      const { status, json } = await started().request(`/v1/apps/paused-${state}`, change)
      assert.deepEqual([status, json["pause"]], [200, null])
      await started().until(id, "sent")
    })
  }

  const refuseOnce = async (path: string) => addFault(started(), { path, kind: "errcode", errcode: 44004 })
  const remove = async (name: string) => {
    const { status } = await started().request(`/v1/apps/${name}`, { method: "DELETE" })
    assert.equal(status, 204)
  }
  const retried = async (id: string) => {
    const again = post({ states: ["failed", "not_found"] })
    assert.equal((await started().request(`/v1/messages/${id}/retry`, again)).status, 200)
    await started().until(id, "failed")
    return (await rowsOf(id)).map((row: Record<string, unknown>) => [row["address"], row["state"], row["reason"]])
  }

  // proves 32.robots: an app of a corp, whose name a robot has now
  test("a retry of what an app of a corp sent, whose name is that of a robot now, ends: the app was removed", async () => {
    assert.equal((await started().request("/v1/apps", post(ofCorp("was-app")))).status, 201)
    await refuseOnce("message/send")
    const to = { users: ["zhangsan"], mobiles: ["13800000404"], departments: [2] }
    const id = await send("was-app", { to, ...text("x") })
    await started().until(id, "failed")
    await remove("was-app")
    await register("was-app", "robot-was-app")
    assert.deepEqual(await retried(id), [
      ["zhangsan", "failed", "app_removed"],
      ["13800000404", "invalid", "app_removed"],
      ["2", "failed", "app_removed"],
    ])
    await remove("was-app")
  })

  // proves 32.robots: a robot, whose name an app of a corp has now
  test("a retry of what a robot sent, whose name is that of an app of a corp now, ends: the app was removed", async () => {
    await register("was-robot", "robot-was-robot")
    await refuseOnce("webhook/send")
    const id = await send("was-robot", text("x"))
    await started().until(id, "failed")
    await remove("was-robot")
    assert.equal((await started().request("/v1/apps", post(ofCorp("was-robot")))).status, 201)
    assert.deepEqual(await retried(id), [["was-robot", "failed", "app_removed"]])
    await remove("was-robot")
  })

  test("45009 closes it for a minute, and what waits says so", async () => {
    await register("closed", "robot-closed")
    await addFault(started(), { path: "webhook/send", kind: "errcode", errcode: 45009 })
    const id = await send("closed", text("x"))
    while ((await callsOf(started(), "webhook/send")).every((call) => call.errcode !== 45009))
      await new Promise((wake) => setTimeout(wake, 20))
    const reason = async () => (await rowsOf(id))[0].reason
    while ((await reason()) === null) await new Promise((wake) => setTimeout(wake, 20))
    assert.equal(await reason(), "app_rate")
  })

  // proves 32.robots: no recall, and a lost answer is never repeated
  test("a lost answer leaves it in doubt, and nothing can be recalled", async () => {
    await register("lossy", "robot-lossy")
    await addFault(started(), { path: "webhook/send", kind: "reset_after" })
    const id = await send("lossy", text("一次"))
    await started().until(id, "in_doubt")
    const shown = (await started().phone("lisi")).filter(({ body }) => body.text?.content === "一次")
    assert.equal(shown.length, 1)
    const sent = await send("lossy", text("两次"))
    await started().until(sent, "sent")
    const recalled = await started().request(`/v1/messages/${sent}/recall`, { method: "POST" })
    assert.deepEqual([recalled.status, recalled.json["code"]], [409, "not_supported"])
  })
})

type Robot = Record<string, unknown>

async function setRobots({ simulator }: OnAStore, change: (robots: Robot[]) => Robot[]): Promise<void> {
  const org = (await (await fetch(`${simulator.url}/_sim/org`)).json()) as { robots: Robot[] }
  const init = { method: "PUT", body: JSON.stringify({ ...org, robots: change(org.robots) }) }
  const { ok } = await fetch(`${simulator.url}/_sim/org`, init)
  assert.ok(ok)
}

async function callsOf({ simulator }: OnAStore, path: string): Promise<{ errcode: number | null }[]> {
  const { calls } = (await (await fetch(`${simulator.url}/_sim/calls?path=${path}`)).json()) as {
    calls: { errcode: number | null }[]
  }
  return calls
}
